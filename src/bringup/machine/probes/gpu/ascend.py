"""Huawei's Ascend processors: the device nodes, the driver's files, npu-smi's table."""

from __future__ import annotations

import re
from typing import Any, Final

from bringup.machine.probes.gpu.pci import accelerators, name_of
from bringup.machine.sources import Answer
from bringup.machine.world import NoAnswer, World

PLATFORMS: Final = ("linux",)
VENDOR: Final = "0x19e5"
_DRIVER_FILE: Final = "/usr/local/Ascend/driver/version.info"
_LIMIT_S: Final = 8.0
_MIB: Final = 1 << 20


def devices(world: World) -> Answer:
    """Return the Ascend processors."""
    nodes = [name for name in world.names("/dev") if re.fullmatch(r"davinci\d+", name)]
    on_bus = accelerators(world, VENDOR)
    tried: list[str] = []
    if nodes or on_bus or world.which("npu-smi"):
        try:
            return Answer(_from_smi(world), "npu-smi")
        except NoAnswer as reason:
            tried.append(f"npu-smi: {reason}")
    names = [name_of(world, VENDOR, card.device) or f"Ascend {card.device}" for card in on_bus]
    # In a container only some of the machine's processors have a node.
    names = names[: len(nodes)] if nodes else names
    names += ["Ascend"] * (len(nodes) - len(names))
    found = [{"vendor": "ascend", "name": name, "driver": _driver(world)} for name in names]
    where = "/dev/davinci*" if nodes else "/sys/bus/pci/devices"
    return Answer(found, where if found else "ascend: no /dev/davinci*", tuple(tried))


def _driver(world: World) -> str | None:
    match = re.search(r"^Version=(\S+)", world.text_or(_DRIVER_FILE), re.MULTILINE)
    return match[1] if match else None


def _from_smi(world: World) -> list[dict[str, Any]]:
    path = world.which("npu-smi") or "/usr/local/bin/npu-smi"
    text = world.command(path, "info", timeout_s=_LIMIT_S)
    driver = re.search(r"Version:\s*(\d\S*)", text)
    found = []
    name = ""
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 3:
            continue
        # Each processor has two lines: "0 910B3 | OK | power temperature pages" and
        # "0 | 0000:C1:00.0 | load used / total used / total", the last pair being the HBM.
        match = re.fullmatch(r"\d+\s+(\w*[A-Za-z]\w*|\d{3}\w*)", cells[0])
        if match and not re.search(r"[\da-fA-F]{2}:[\da-fA-F]{2}\.\d", cells[1]):
            name = match[1]
            continue
        totals = re.findall(r"\d+\s*/\s*(\d+)", cells[2])
        if name and totals:
            found.append(
                {
                    "vendor": "ascend",
                    "name": f"Ascend {name}",
                    "memory_bytes": int(totals[-1]) * _MIB or None,
                    "driver": driver[1] if driver else _driver(world),
                }
            )
            name = ""
    if not found:
        raise NoAnswer("its table lists no processor")
    return found
