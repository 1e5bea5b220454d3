"""Limits of the process: open files and locked memory."""

from __future__ import annotations

import re

from bringup.machine.probes.system import LINUX
from bringup.machine.sources import Source, Sources, absent_on
from bringup.machine.world import NoAnswer, World

_UNIX = ("linux", "macos")


def _soft_limit(world: World, title: str) -> int | None:
    match = re.search(rf"^{title}\s+(\S+)", world.text("/proc/self/limits"), re.MULTILINE)
    if match is None:
        raise NoAnswer(f"it has no {title}")
    return None if match[1] == "unlimited" else int(match[1])


SOURCES: Sources = {
    "limits.nofile": (
        Source("/proc/self/limits", lambda world: _soft_limit(world, "Max open files"), LINUX),
        Source("getrlimit", lambda world: world.host.limit("NOFILE"), _UNIX),
        absent_on("windows"),
    ),
    "limits.memlock": (
        Source("/proc/self/limits", lambda world: _soft_limit(world, "Max locked memory"), LINUX),
        Source("getrlimit", lambda world: world.host.limit("MEMLOCK"), _UNIX),
        absent_on("windows"),
    ),
}
