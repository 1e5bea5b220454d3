"""What the doctor asks of the system: locale, limits, temporary files, the file system."""

from __future__ import annotations

import re
from typing import Final

from bringup.machine.probes.cpu import cpu_flags
from bringup.machine.probes.system import LINUX
from bringup.machine.sources import Answer, Source, Sources, absent_on
from bringup.machine.world import NoAnswer, World, join

_ELSEWHERE: Final = ("macos", "windows")
_UNIX: Final = ("linux", "macos")
_SYS: Final = "/proc/sys"
_NO_LIMIT: Final = "max"
_ENCODING: Final = re.compile(r"\.([\w-]+)")


def _locale(world: World) -> Answer:
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        if value := world.env.get(name):
            return Answer(value, name)
    return Answer(None, "LC_ALL, LC_CTYPE, LANG")


def _encoding(world: World) -> Answer:
    if world.env.get("PYTHONUTF8") == "1":
        return Answer("utf-8", "PYTHONUTF8")
    locale = _locale(world)
    named = str(locale.value or "C")
    match = _ENCODING.search(named)
    if match is not None:
        name = match[1].lower()
        return Answer("utf-8" if name in {"utf8", "utf-8"} else name, locale.source)
    # The C locale is ASCII for all programs but Python 3.7 and newer, which turn it to UTF-8.
    return Answer("ascii" if named in {"C", "POSIX"} else "unknown", locale.source)


def _number(world: World, path: str) -> int | None:
    text = world.text(path).strip()
    if text == _NO_LIMIT:
        return None
    if not text.isdigit():
        raise NoAnswer(f"expected a number, found {text[:20]!r}")
    return int(text)


def _mounts(world: World) -> list[tuple[str, str, str]]:
    """Return (mount point, type, options) of all mounts, the last ones first."""
    rows = []
    for line in world.text("/proc/self/mounts").splitlines():
        parts = line.split()
        if len(parts) >= 4:
            # Blanks in a mount point are written as octal numbers.
            rows.append((parts[1].replace("\\040", " "), parts[2], parts[3]))
    return rows[::-1]


def _mount_of(world: World, path: str) -> tuple[str, str, str]:
    real = world.real(path)
    fitting = [
        row for row in _mounts(world) if real == row[0] or real.startswith(row[0].rstrip("/") + "/")
    ]
    if not fitting:
        raise NoAnswer(f"no mount holds {path}")
    return max(fitting, key=lambda row: len(row[0]))


def _filesystem(world: World) -> Answer:
    point, kind, _ = _mount_of(world, str(world.folder))
    return Answer(kind, f"/proc/self/mounts: {point}")


def _free_inodes(world: World) -> Answer:
    return Answer(world.host.free_inodes(str(world.folder)), f"statvfs {world.folder}")


def tmp_path(world: World) -> str:
    """Return the folder of temporary files, as Python's tempfile finds it."""
    for name in ("TMPDIR", "TEMP", "TMP"):
        if value := world.env.get(name):
            return value
    return "C:/Windows/Temp" if world.platform == "windows" else "/tmp"


def _tmp_noexec(world: World) -> Answer:
    point, _, options = _mount_of(world, tmp_path(world))
    return Answer("noexec" in options.split(","), f"/proc/self/mounts: {point}")


def _cache_path(world: World) -> str:
    if value := world.env.get("UV_CACHE_DIR") or world.env.get("PIP_CACHE_DIR"):
        return value
    return world.env.get("XDG_CACHE_HOME") or join(world.home or "/", ".cache")


def _free(world: World, path: str) -> Answer:
    return Answer(world.host.disk(path)[1], f"statvfs {path}")


def _shm_writable(world: World) -> bool | None:
    if not world.exists("/dev/shm"):
        return None
    return bool(world.permissions("/dev/shm")["writable"])


def _shm_free(world: World) -> int | None:
    return world.host.disk("/dev/shm")[1] if world.exists("/dev/shm") else None


def _own_group(world: World) -> str:
    """Return the folder of our cgroup (version 2)."""
    match = re.search(r"^0::(/.*)$", world.text("/proc/self/cgroup"), re.MULTILINE)
    inside = "" if match is None else match[1].rstrip("/")
    # In a container the path is the host's, and what we see of it is the root.
    own = f"/sys/fs/cgroup{inside}"
    return own if world.exists(f"{own}/cgroup.procs") else "/sys/fs/cgroup"


def _oom_kills(world: World) -> Answer:
    for path in (
        f"{_own_group(world)}/memory.events",
        "/sys/fs/cgroup/memory/memory.oom_control",
    ):
        if match := re.search(r"^oom_kill (\d+)$", world.text_or(path), re.MULTILINE):
            return Answer(int(match[1]), path)
    raise NoAnswer("our cgroup does not count them")


def _cgroup_pids(world: World) -> Answer:
    for path in (f"{_own_group(world)}/pids.max", "/sys/fs/cgroup/pids/pids.max"):
        if world.exists(path):
            return Answer(_number(world, path), path)
    return Answer(None, "cgroups")


def _limit(world: World, title: str, *, hard: bool = False) -> int | None:
    match = re.search(rf"^{title}\s+(\S+)\s+(\S+)", world.text("/proc/self/limits"), re.MULTILINE)
    if match is None:
        raise NoAnswer(f"it has no {title}")
    value = match[2] if hard else match[1]
    return None if value == "unlimited" else int(value)


def _has_flag(world: World, name: str) -> bool | None:
    flags = cpu_flags(world)
    if not flags:
        raise NoAnswer("only an x86 processor tells")
    return name in flags


def _governor(world: World) -> str | None:
    folder = "/sys/devices/system/cpu/cpu0/cpufreq"
    governor = world.text_or(f"{folder}/scaling_governor").strip()
    driver = world.text_or(f"{folder}/scaling_driver").strip()
    return f"{governor}/{driver}" if governor else None


def _numa_nodes(world: World) -> int:
    nodes = [
        name for name in world.names("/sys/devices/system/node") if re.fullmatch(r"node\d+", name)
    ]
    if not nodes:
        raise NoAnswer("no such folder")
    return len(nodes)


def _emulated(world: World) -> Answer:
    if world.platform == "macos":
        answer = world.command("sysctl", "-n", "sysctl.proc_translated").strip()
        return Answer("rosetta" if answer == "1" else None, "sysctl.proc_translated")
    text = world.text("/proc/cpuinfo")
    machine = world.host.uname()[1]
    # qemu's user mode shows the host's /proc/cpuinfo to a program of another processor.
    foreign = machine == "x86_64" and "CPU implementer" in text
    foreign |= machine == "aarch64" and "vendor_id" in text and "CPU implementer" not in text
    rosetta = "VirtualApple" in text
    return Answer("rosetta" if rosetta else "qemu" if foreign else None, "/proc/cpuinfo")


SOURCES: Sources = {
    "system.locale": (absent_on("windows"), Source("environment", _locale, _UNIX)),
    "system.encoding": (
        Source("Python's own", lambda _: "utf-8", ("windows", "macos")),
        Source("environment", _encoding, LINUX),
    ),
    "system.inotify_watches": (
        absent_on(*_ELSEWHERE),
        Source(
            f"{_SYS}/fs/inotify/max_user_watches",
            lambda world: _number(world, f"{_SYS}/fs/inotify/max_user_watches"),
            LINUX,
        ),
    ),
    "system.inotify_instances": (
        absent_on(*_ELSEWHERE),
        Source(
            f"{_SYS}/fs/inotify/max_user_instances",
            lambda world: _number(world, f"{_SYS}/fs/inotify/max_user_instances"),
            LINUX,
        ),
    ),
    "system.overcommit": (
        absent_on(*_ELSEWHERE),
        Source(
            f"{_SYS}/vm/overcommit_memory",
            lambda world: _number(world, f"{_SYS}/vm/overcommit_memory"),
            LINUX,
        ),
    ),
    "disk.filesystem": (Source("/proc/self/mounts", _filesystem, LINUX),),
    "disk.free_inodes": (absent_on("windows"), Source("statvfs", _free_inodes, _UNIX)),
    "disk.tmp_path": (Source("TMPDIR", tmp_path),),
    "disk.tmp_free_bytes": (Source("statvfs", lambda world: _free(world, tmp_path(world))),),
    "disk.tmp_noexec": (absent_on(*_ELSEWHERE), Source("/proc/self/mounts", _tmp_noexec, LINUX)),
    "disk.cache_free_bytes": (Source("statvfs", lambda world: _free(world, _cache_path(world))),),
    "shm.free_bytes": (absent_on(*_ELSEWHERE), Source("statvfs /dev/shm", _shm_free, LINUX)),
    "shm.writable": (absent_on(*_ELSEWHERE), Source("access /dev/shm", _shm_writable, LINUX)),
    "memory.oom_kills": (absent_on(*_ELSEWHERE), Source("cgroups", _oom_kills, LINUX)),
    "limits.nofile_hard": (
        absent_on("windows"),
        Source(
            "/proc/self/limits", lambda world: _limit(world, "Max open files", hard=True), LINUX
        ),
    ),
    "limits.nproc": (
        absent_on("windows"),
        Source("/proc/self/limits", lambda world: _limit(world, "Max processes"), LINUX),
        Source("getrlimit", lambda world: world.host.limit("NPROC"), ("macos",)),
    ),
    "limits.cgroup_pids": (absent_on(*_ELSEWHERE), Source("cgroups", _cgroup_pids, LINUX)),
    "cpu.avx": (Source("/proc/cpuinfo", lambda world: _has_flag(world, "avx"), LINUX),),
    "cpu.sse4_2": (Source("/proc/cpuinfo", lambda world: _has_flag(world, "sse4_2"), LINUX),),
    "cpu.governor": (absent_on(*_ELSEWHERE), Source("/sys cpufreq", _governor, LINUX)),
    "cpu.emulated": (absent_on("windows"), Source("/proc/cpuinfo", _emulated, _UNIX)),
    "cpu.numa_nodes": (Source("/sys/devices/system/node", _numa_nodes, LINUX),),
}
