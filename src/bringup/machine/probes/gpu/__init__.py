"""Accelerators of all makers, one module each; together they are ``gpu.devices``."""

from __future__ import annotations

from typing import Any, Final

from bringup.machine.probes.gpu import amd, apple, ascend, intel, nvidia
from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import NoAnswer, World

_MAKERS: Final = (nvidia, amd, intel, ascend, apple)
_VISIBLE: Final = (
    "CUDA_VISIBLE_DEVICES",
    "HIP_VISIBLE_DEVICES",
    "ROCR_VISIBLE_DEVICES",
    "ASCEND_RT_VISIBLE_DEVICES",
    "ZE_AFFINITY_MASK",
)


def _devices(world: World) -> Answer:
    found: list[dict[str, Any]] = []
    sources: list[str] = []
    tried: list[str] = []
    for maker in _MAKERS:
        answer = _ask(world, maker)
        tried += answer.tried
        if answer.value:
            found += answer.value
            sources.append(answer.source)
        elif world.platform in maker.PLATFORMS:
            tried.append(answer.source)
    return Answer(found, "; ".join(sources) or "no accelerator was found", tuple(tried))


def _ask(world: World, maker: Any) -> Answer:
    name = maker.__name__.rpartition(".")[2]
    if world.platform not in maker.PLATFORMS:
        return Answer([], name)
    try:
        answer = maker.devices(world)
    except NoAnswer as reason:
        return Answer([], f"{name}: {reason}")
    except Exception as error:  # one maker's surprise must not hide the others' devices
        return Answer([], f"{name}: {type(error).__name__}: {error}")
    return Answer([_device(row) for row in answer.value], answer.source, answer.tried)


def _device(row: dict[str, Any]) -> dict[str, Any]:
    """Return a device without what is unknown."""
    return {name: value for name, value in row.items() if value is not None}


def _visible(world: World) -> Answer | None:
    for name in _VISIBLE:
        if name in world.env:
            return Answer(f"{name}={world.env[name]}", name)
    return None


SOURCES: Sources = {
    "gpu.devices": (Source("the makers' files and tools", _devices),),
    "gpu.nvidia_driver": nvidia.DRIVER,
    "gpu.visible": (Source("environment", _visible),),
}
