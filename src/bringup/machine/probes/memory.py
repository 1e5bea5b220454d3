"""Memory, swap, /dev/shm and the disk."""

from __future__ import annotations

import re

from bringup.machine.probes.cgroups import memory_limit
from bringup.machine.probes.system import LINUX
from bringup.machine.sources import Answer, Source, Sources, absent_on
from bringup.machine.world import NoAnswer, World

_ELSEWHERE = ("macos", "windows")


def _meminfo(world: World, name: str) -> int:
    match = re.search(rf"^{name}:\s*(\d+) kB$", world.text("/proc/meminfo"), re.MULTILINE)
    if match is None:
        raise NoAnswer(f"it has no {name}")
    return int(match[1]) * 1024


def _limit(world: World) -> Answer | None:
    limit = memory_limit(world)
    # A limit above the machine's memory limits nothing.
    if limit is None or limit[0] >= _meminfo(world, "MemTotal"):
        return None
    return Answer(*limit)


def _psutil(world: World, position: int) -> int:
    answer: tuple[int, int, int] = world.once("psutil", world.host.memory)
    return answer[position]


def _free(world: World) -> Answer:
    return Answer(world.host.disk(str(world.folder))[1], f"statvfs {world.folder}")


def _shm(world: World) -> int | None:
    if world.names("/dev") and not world.exists("/dev/shm"):
        return None
    return world.host.disk("/dev/shm")[0]


SOURCES: Sources = {
    "memory.total_bytes": (
        Source("/proc/meminfo", lambda world: _meminfo(world, "MemTotal"), LINUX),
        Source("psutil", lambda world: _psutil(world, 0), _ELSEWHERE),
    ),
    "memory.available_bytes": (
        Source("/proc/meminfo", lambda world: _meminfo(world, "MemAvailable"), LINUX),
        Source("psutil", lambda world: _psutil(world, 1), _ELSEWHERE),
    ),
    "memory.limit_bytes": (
        absent_on(*_ELSEWHERE),
        Source("cgroups", _limit, LINUX),
    ),
    "memory.swap_bytes": (
        Source("/proc/meminfo", lambda world: _meminfo(world, "SwapTotal"), LINUX),
        Source("psutil", lambda world: _psutil(world, 2), _ELSEWHERE),
    ),
    "disk.free_bytes": (Source("statvfs", _free),),
    "shm.size_bytes": (
        absent_on(*_ELSEWHERE),
        Source("statvfs /dev/shm", _shm, LINUX),
    ),
}
