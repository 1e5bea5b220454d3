"""Apple's GPUs, which share the machine's memory."""

from __future__ import annotations

from typing import Final

from bringup.machine.probes.cpu import sysctl
from bringup.machine.sources import Answer
from bringup.machine.world import World

PLATFORMS: Final = ("macos",)


def devices(world: World) -> Answer:
    """Return the GPU of an Apple processor."""
    fields = sysctl(world)
    name = fields.get("machdep.cpu.brand_string", "")
    if not name.startswith("Apple"):
        return Answer([], "apple: not an Apple processor")
    memory = fields.get("hw.memsize", "")
    device = {
        "vendor": "apple",
        "name": name,
        "memory_bytes": int(memory) if memory.isdigit() else None,
    }
    return Answer([device], "sysctl")
