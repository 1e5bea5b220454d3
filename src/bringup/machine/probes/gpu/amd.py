"""AMD's GPUs, as the kernel's compute driver (kfd) lists them."""

from __future__ import annotations

from typing import Any, Final

from bringup.machine.probes.gpu.pci import accelerators, name_of
from bringup.machine.sources import Answer
from bringup.machine.world import World

PLATFORMS: Final = ("linux",)
VENDOR: Final = "0x1002"
_NODES: Final = "/sys/class/kfd/kfd/topology/nodes"
_FRAME_BUFFER_HEAPS: Final = ("1", "2")


def devices(world: World) -> Answer:
    """Return AMD's GPUs."""
    nodes = [
        (name, _properties(world, f"{_NODES}/{name}/properties")) for name in _by_number(world)
    ]
    found = [
        _device(world, name, fields) for name, fields in nodes if int(fields.get("simd_count", 0))
    ]
    if found:
        return Answer(found, _NODES)
    # A processor's own graphics without the compute driver are no accelerator.
    on_bus = [
        {"vendor": "amd", "name": name_of(world, VENDOR, card.device) or f"device {card.device}"}
        for card in accelerators(world, VENDOR)
        if _memory_on_card(world, card.address) > 1 << 30
    ]
    where = "/sys/bus/pci/devices" if on_bus else f"amd: no GPU in {_NODES}"
    return Answer(on_bus, where)


def _by_number(world: World) -> list[str]:
    return sorted(filter(str.isdigit, world.names(_NODES)), key=int)


def _memory_on_card(world: World, address: str) -> int:
    text = world.text_or(f"/sys/bus/pci/devices/{address}/mem_info_vram_total").strip()
    return int(text) if text.isdigit() else 0


def _properties(world: World, path: str) -> dict[str, str]:
    return dict(line.split(maxsplit=1) for line in world.text_or(path).splitlines() if " " in line)


def _device(world: World, node: str, fields: dict[str, str]) -> dict[str, Any]:
    gfx = gfx_name(int(fields.get("gfx_target_version", 0)))
    card = f"/sys/class/drm/renderD{fields.get('drm_render_minor', '')}/device"
    name = world.text_or(f"{card}/product_name").strip() or name_of(
        world, VENDOR, f"0x{int(fields.get('device_id', 0)):04x}"
    )
    unique = world.text_or(f"{card}/unique_id").strip()
    return {
        "vendor": "amd",
        "name": name or f"AMD {gfx}",
        "memory_bytes": _memory(world, node),
        "gfx": gfx,
        "driver": world.text_or("/sys/module/amdgpu/version").strip() or None,
        "uuid": f"GPU-{unique}" if unique else None,
    }


def _memory(world: World, node: str) -> int | None:
    banks = f"{_NODES}/{node}/mem_banks"
    total = 0
    for bank in world.names(banks):
        fields = _properties(world, f"{banks}/{bank}/properties")
        if fields.get("heap_type") in _FRAME_BUFFER_HEAPS:
            total += int(fields.get("size_in_bytes", 0))
    return total or None


def gfx_name(target: int) -> str:
    """Return "gfx942" for the kernel's 90402: major, minor and stepping, the last two in hex."""
    return f"gfx{target // 10000}{target // 100 % 100:x}{target % 100:x}"
