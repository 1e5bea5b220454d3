"""Limits of a release that its wheels do not tell: systems, processors, an extension's GPU code."""

from __future__ import annotations

from packaging.version import Version

from bringup.knowledge.conflicts import Conflict, conflicts_of
from bringup.knowledge.releases import Release
from bringup.stack.answer.devices import sm_of
from bringup.stack.answer.model import Reason, Row
from bringup.stack.answer.place import Device, Place
from bringup.stack.model import Note


def machine_limits(
    release: Release, extras: frozenset[str], place: Place, *, on_gpu: bool = True
) -> list[Reason]:
    """Return why a release fails on a machine although it installs there.

    ``on_gpu`` is False where it is to compute on the CPU, whatever GPUs there are.
    """
    devices = place.of_vendor("nvidia")
    on_gpu = on_gpu and bool(devices)
    found: list[Reason] = []
    for row in conflicts_of(release.package):
        if row.warning or not row.applies(release.package, release.version):
            continue
        if (row.extra is None or row.extra in extras) and _holds(row, place, on_gpu=on_gpu):
            note = Note("ANS040", {"release": release.label, "effect": row.effect})
            found.append(Reason(row.reason, note, (Row("conflicts", row.id, row.provenance),)))
        for device in devices:
            if reason := _gpu_reason(row, release, device):
                found.append(reason)
    return found


def _holds(row: Conflict, place: Place, *, on_gpu: bool) -> bool:
    """Say whether a limit of the machine alone (no second package) holds at a place."""
    if row.against or row.needs or row.floor or row.ceiling or row.glibc:
        return False
    wrong_system = row.os is not None and row.os != place.os
    if wrong_system or (row.gpu and not on_gpu):
        return False
    if row.cpu == "avx":
        level: str | None = place.machine.value("cpu.microarchitecture_level")
        return level == "x86-64-v1"
    if row.python is not None:
        return place.python is not None and row.python.contains(place.python, prereleases=True)
    return row.os is not None or row.extra is not None


def _gpu_reason(row: Conflict, release: Release, device: Device) -> Reason | None:
    """Judge an extension's own GPU code (flash-attn, vllm) against one GPU."""
    capability = device.capability
    if capability is None:
        return None
    low = row.floor is not None and capability < Version(row.floor)
    high = row.ceiling is not None and capability.major > Version(row.ceiling).major
    if not (low or high):
        return None
    params = {
        "release": release.label,
        "gpu": device.name,
        "sm": sm_of(capability),
        "effect": row.effect,
    }
    code = "arch_dropped" if low else "arch_too_new"
    return Reason(code, Note("ANS041", params), (Row("conflicts", row.id, row.provenance),))
