"""Control groups, version 1 and 2: the limits on the path from our group up to the root."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from bringup.machine.world import World, join


@dataclass(frozen=True, slots=True)
class _Mount:
    point: str
    root: str
    kind: str
    options: str


def cpu_quota(world: World) -> tuple[float, str] | None:
    """Return the tightest CPU quota in cores and the file that says so; None without one."""
    found = [*_quotas_v2(world), *_quotas_v1(world)]
    return min(found, default=None)


def memory_limit(world: World) -> tuple[int, str] | None:
    """Return the tightest memory limit in bytes and the file that says so; None without one."""
    found = []
    for folder in _folders(world, "memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            text = world.text_or(path := join(folder, name)).strip()
            if text.isdigit():
                found.append((int(text), path))
    # Version 1 writes "no limit" as the largest multiple of the page size.
    return min((pair for pair in found if pair[0] < 1 << 60), default=None)


def _quotas_v2(world: World) -> Iterator[tuple[float, str]]:
    for folder in _folders(world, "cpu"):
        words = world.text_or(path := join(folder, "cpu.max")).split()
        if len(words) == 2 and words[0].isdigit():
            yield int(words[0]) / int(words[1]), path


def _quotas_v1(world: World) -> Iterator[tuple[float, str]]:
    for folder in _folders(world, "cpu"):
        quota = world.text_or(path := join(folder, "cpu.cfs_quota_us")).strip()
        period = world.text_or(join(folder, "cpu.cfs_period_us")).strip()
        # -1 means no quota.
        if quota.isdigit() and period.isdigit():
            yield int(quota) / int(period), path


def _folders(world: World, controller: str) -> list[str]:
    """Return the folders of our group and of those above it, where ``controller`` is mounted."""
    folders: list[str] = []
    for line in world.text_or("/proc/self/cgroup").splitlines():
        number, names, path = line.split(":", 2)
        unified = number == "0" and not names
        if not unified and controller not in names.split(","):
            continue
        for mount in _mounts(world):
            if _serves(mount, controller, unified=unified):
                folders += _upwards(mount, path)
    return list(dict.fromkeys(folders))


def _serves(mount: _Mount, controller: str, *, unified: bool) -> bool:
    if unified:
        return mount.kind == "cgroup2"
    return mount.kind == "cgroup" and controller in mount.options.split(",")


def _upwards(mount: _Mount, path: str) -> Iterator[str]:
    # In a container the mount shows only a part of the tree, and our path may be the host's.
    if mount.root not in {"/", ""} and (path == mount.root or path.startswith(mount.root + "/")):
        path = path[len(mount.root) :]
    parts = [part for part in path.split("/") if part and part != ".."]
    for length in range(len(parts), -1, -1):
        yield "/".join([mount.point, *parts[:length]])


def _mounts(world: World) -> list[_Mount]:
    mounts = []
    # man 5 proc: id parent device root point options [optional ...] - type source super-options
    line_form = r"^\S+ \S+ \S+ (\S+) (\S+) \S+(?: \S+)* - (cgroup2?) \S+ (\S+)$"
    for match in re.finditer(line_form, world.text_or("/proc/self/mountinfo"), re.MULTILINE):
        mounts.append(_Mount(point=match[2], root=match[1], kind=match[3], options=match[4]))
    return mounts
