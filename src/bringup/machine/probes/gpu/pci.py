"""Accelerators on the PCI bus, and the names that the machine's own pci.ids gives them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bringup.machine.world import World

_NAME_FILES: Final = (
    "/usr/share/misc/pci.ids",
    "/usr/share/hwdata/pci.ids",
    "/usr/share/pci.ids",
)
_DISPLAY: Final = "0x03"
_PROCESSING: Final = "0x12"
"""Classes of the PCI code and ID assignment specification."""


@dataclass(frozen=True, slots=True)
class PciDevice:
    """One device; ``vendor`` and ``device`` are "0x10de" and the like."""

    address: str
    vendor: str
    device: str

    @property
    def on_processor(self) -> bool:
        """Whether it sits on bus 0, where a processor's own graphics are."""
        return self.address.split(":")[1:2] == ["00"]


def accelerators(world: World, vendor: str) -> list[PciDevice]:
    """Return the display and processing devices of a maker."""
    return [device for device in world.once("pci", lambda: _scan(world)) if device.vendor == vendor]


def _scan(world: World) -> list[PciDevice]:
    found = []
    for address in world.names("/sys/bus/pci/devices"):
        folder = f"/sys/bus/pci/devices/{address}"
        if not world.text_or(f"{folder}/class").startswith((_DISPLAY, _PROCESSING)):
            continue
        vendor = world.text_or(f"{folder}/vendor").strip()
        found.append(PciDevice(address, vendor, world.text_or(f"{folder}/device").strip()))
    return found


def name_of(world: World, vendor: str, device: str) -> str | None:
    """Return the device's name in pci.ids, the part in brackets where it has one."""
    wanted = "\t" + device.removeprefix("0x") + "  "
    for path in _NAME_FILES:
        _, found, rest = world.text_or(path).partition("\n" + vendor.removeprefix("0x") + "  ")
        for line in rest.splitlines()[1:] if found else ():
            if not line.startswith(("\t", "#")):
                break
            if line.startswith(wanted):
                name = line[len(wanted) :].strip()
                return name.partition("[")[2].rstrip("]") or name
    return None
