"""Whether a build runs on the GPUs of a place: system, architecture at both ends, driver.

NVIDIA's rules: code for X.y runs on X.z with z >= y; intermediate code (PTX) is compiled by a
driver that is at least the toolkit's; within a CUDA major version any driver of the family does.
https://docs.nvidia.com/deploy/cuda-compatibility/
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packaging.version import Version

from bringup.knowledge.builds import Build, cuda_major
from bringup.knowledge.cuda import capability_of, cuda_families
from bringup.knowledge.rocm import rocm_versions
from bringup.stack.answer.model import Reason, Row, build_row
from bringup.stack.answer.place import Device, Place, version_of
from bringup.stack.model import Note


@dataclass(frozen=True, slots=True)
class Served:
    """The devices that a build serves, and why it does not serve the others."""

    devices: tuple[Device, ...]
    reasons: tuple[Reason, ...]
    left_out: tuple[str, ...]


def served_by(build: Build, place: Place) -> Served:
    """Judge a build for an accelerator against the devices of its maker.

    A place without such a device has nothing to serve: the build installs and computes on the CPU.
    """
    vendor = "nvidia" if build.is_cuda else "amd"
    devices = place.of_vendor(vendor)
    if not devices or not (build.is_cuda or build.is_rocm):
        return Served((), (), ())
    common = [*_system_reasons(build, place)]
    if build.is_cuda:
        common += _driver_reasons(build, place)
    misfits = [(device, _arch_reason(device, build, place)) for device in devices]
    arch = [reason for _, reason in misfits if reason is not None]
    served = tuple(device for device, reason in misfits if reason is None)
    left_out = tuple(device.name for device, reason in misfits if reason is not None)
    if common or not served:
        return Served((), tuple(_unique([*arch, *common])), left_out)
    return Served(served, tuple(_unique(arch)), left_out)


def _unique(reasons: Sequence[Reason]) -> list[Reason]:
    found: dict[tuple[str, str], Reason] = {}
    for reason in reasons:
        found.setdefault((reason.code, reason.note.text), reason)
    return list(found.values())


def _system_reasons(build: Build, place: Place) -> list[Reason]:
    if not build.oses or place.os in build.oses:
        return []
    note = Note("ANS020", {"build": build.label, "os": place.shown})
    return [Reason("os_gpu_unsupported", note, (build_row(build),))]


def min_driver(build: Build, *, windows: bool) -> tuple[str, Row] | None:
    """Return the oldest NVIDIA driver that runs a build, and the row that says so."""
    if build.min_driver_linux and not windows:
        return build.min_driver_linux, build_row(build)
    family = cuda_families().get(cuda_major(build.build))
    if family is None:
        return None
    needed = family.min_driver_windows if windows else family.min_driver_linux
    return needed, Row("cuda/family", f"CUDA {family.major}.x", family.provenance)


def _driver_reasons(build: Build, place: Place) -> list[Reason]:
    limit = min_driver(build, windows=place.os == "windows")
    if limit is None:
        return []
    needed, row = limit
    params = {"build": build.label, "needed": needed}
    if place.driver is None:
        fact = place.machine.facts.get("gpu.nvidia_driver")
        if fact is None or fact.unknown is not None:
            return []
        return [Reason("driver_too_old", Note("ANS022", params), (row,))]
    if place.driver >= Version(needed):
        return []
    note = Note("ANS021", {**params, "found": str(place.driver)})
    return [Reason("driver_too_old", note, (row,))]


def _arch_reason(device: Device, build: Build, place: Place) -> Reason | None:
    if build.is_rocm:
        return _gfx_reason(device, build)
    if device.capability is None:
        return None
    archs = code_for(build, place)
    if archs:
        return _code_reason(device, archs, build, place)
    return _range_reason(device, build)


def code_for(build: Build, place: Place) -> tuple[str, ...]:
    """Return the capabilities that a build has compiled code for on a platform."""
    if place.platform == "linux_aarch64":
        return build.archs_aarch64 or build.archs
    return build.archs


def _gfx_reason(device: Device, build: Build) -> Reason | None:
    row = rocm_versions().get(build.build.removeprefix("rocm"))
    if device.gfx is None or row is None or device.gfx in row.gfx:
        return None
    params = {"build": build.label, "gpu": device.name, "gfx": device.gfx}
    told = Row("rocm", f"ROCm {row.version}", row.provenance)
    return Reason("arch_dropped", Note("ANS026", params), (*_rows(device, build), told))


def _code_reason(
    device: Device, archs: tuple[str, ...], build: Build, place: Place
) -> Reason | None:
    capability = device.capability
    assert capability is not None
    if any(_runs(arch, capability) for arch in archs) or _compiles(capability, build, place):
        return None
    known = sorted(Version(arch.rstrip("af")) for arch in archs)
    return _out_of_range(device, build, known[0], known[-1])


def _runs(arch: str, device: Version) -> bool:
    # 9.0a is code for exactly this device, 10.0f for its family.
    code = Version(arch.rstrip("af"))
    if arch.endswith("a"):
        return code == device
    return code.major == device.major and code.minor <= device.minor


def _compiles(device: Version, build: Build, place: Place) -> bool:
    """Say whether the driver can compile the build's PTX for a device newer than its code."""
    if build.ptx is None or place.os != "linux" or device < Version(build.ptx):
        return False
    toolkit = version_of(build.toolkit_driver_linux)
    return place.driver is None or toolkit is None or place.driver >= toolkit


def _range_reason(device: Device, build: Build) -> Reason | None:
    floor, ceiling = version_of(build.floor), version_of(build.ceiling)
    span = capability_of(build.cuda) if build.cuda else None
    if span is not None:
        # Where nothing else is known, what the toolkit could compile for.
        floor = floor or Version(span.floor)
        exact = "." in (build.cuda or "")
        ceiling = ceiling or (Version(span.ceiling) if exact else None)
    capability = device.capability
    assert capability is not None
    low = floor is not None and capability < floor
    high = ceiling is not None and capability.major > ceiling.major
    if not (low or high):
        return None
    return _out_of_range(device, build, floor or capability, ceiling or capability)


def _out_of_range(device: Device, build: Build, floor: Version, ceiling: Version) -> Reason:
    params = {
        "build": build.label,
        "gpu": device.name,
        "sm": sm_of(device.capability),
        "floor": sm_of(floor),
        "ceiling": sm_of(ceiling),
    }
    assert device.capability is not None
    if device.capability > ceiling:
        return Reason("arch_too_new", Note("ANS024", params), _rows(device, build))
    code = "ANS023" if device.capability < floor else "ANS025"
    return Reason("arch_dropped", Note(code, params), _rows(device, build))


def _rows(device: Device, build: Build) -> tuple[Row, ...]:
    rows = [build_row(build)]
    if device.known is not None:
        rows.append(Row("gpus", device.known.name, device.known.provenance))
    return tuple(rows)


def sm_of(capability: Version | None) -> str:
    """Return ``sm_70`` for the compute capability 7.0."""
    return "sm_?" if capability is None else f"sm_{capability.major}{capability.minor}"
