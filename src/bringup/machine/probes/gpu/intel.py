"""Intel's discrete GPUs. A processor's own graphics are left out, and that is said."""

from __future__ import annotations

from typing import Any, Final

from bringup.machine.probes.gpu.pci import PciDevice, accelerators, name_of
from bringup.machine.sources import Answer
from bringup.machine.world import World

PLATFORMS: Final = ("linux",)
VENDOR: Final = "0x8086"


def devices(world: World) -> Answer:
    """Return Intel's GPUs that have memory of their own or sit behind a PCI bridge."""
    found: list[dict[str, Any]] = []
    tried: list[str] = []
    for card in accelerators(world, VENDOR):
        memory = _memory(world, card)
        if card.on_processor and memory is None:
            tried.append(f"{card.address}: on bus 0 and without memory: taken as integrated")
            continue
        found.append(
            {
                "vendor": "intel",
                "name": name_of(world, VENDOR, card.device) or f"Intel device {card.device}",
                "memory_bytes": memory,
                "driver": _driver(world, card),
            }
        )
    where = "/sys/class/drm" if found else "intel: no discrete GPU on the PCI bus"
    return Answer(found, where, tuple(tried))


def _memory(world: World, card: PciDevice) -> int | None:
    device = f"/sys/bus/pci/devices/{card.address}"
    places = [f"{device}/tile0/physical_vram_size_bytes"]
    # The older driver, i915, keeps it with the card.
    places += [f"{device}/drm/{name}/lmem_total_bytes" for name in world.names(f"{device}/drm")]
    for path in places:
        text = world.text_or(path).strip()
        if text:
            return int(text, 0)
    return None


def _driver(world: World, card: PciDevice) -> str | None:
    link = f"/sys/bus/pci/devices/{card.address}/driver"
    return world.real(link).rpartition("/")[2] if world.exists(link) else None
