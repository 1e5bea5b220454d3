"""Whether a CUDA build runs on the GPUs that are here: the driver, and both ends of the archs."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from bringup.knowledge.frameworks import Build, FrameworkTable, cuda_number
from bringup.machine.model import Gpu, Machine
from bringup.stack.model import Note


@dataclass(frozen=True, slots=True)
class Fit:
    """Which GPUs a build serves, and why it does not serve the others."""

    served: tuple[Gpu, ...]
    misfits: tuple[Note, ...]


def nvidia_gpus(machine: Machine) -> tuple[Gpu, ...]:
    """Return the NVIDIA GPUs of a machine."""
    return tuple(gpu for gpu in machine.gpus if gpu.vendor == "nvidia")


def fit_of(machine: Machine, version: Version, build: str, table: FrameworkTable) -> Fit:
    """Judge one CUDA build of one release against the machine's driver and GPUs."""
    gpus = nvidia_gpus(machine)
    label = f"{version.public} {build}"
    if not cuda_number(build):
        return Fit((), (Note("STK060", {"build": label}),))
    if note := _driver_misfit(machine, label, build, table):
        return Fit((), (note,))
    row = table.build(version, build)
    if row is None:
        return Fit((), (Note("STK061", {"build": label}),))
    misfits = [(gpu, _arch_misfit(gpu, row, machine, label)) for gpu in gpus]
    served = tuple(gpu for gpu, note in misfits if note is None)
    return Fit(served, tuple(note for _, note in misfits if note is not None))


def _driver_misfit(machine: Machine, label: str, build: str, table: FrameworkTable) -> Note | None:
    needed = table.min_driver(build, windows=machine.os == "windows")
    driver = machine.nvidia_driver
    if needed is None or driver is None or not _older(driver, needed):
        return None
    return Note("STK062", {"build": label, "needed": needed, "driver": driver})


def _arch_misfit(gpu: Gpu, row: Build, machine: Machine, label: str) -> Note | None:
    if gpu.compute_capability is None:
        return None
    device = Version(gpu.compute_capability)
    on_arm = machine.arch == "aarch64" and row.archs_aarch64
    archs = sorted(Version(arch) for arch in (row.archs_aarch64 if on_arm else row.archs))
    if any(arch.major == device.major and arch.minor <= device.minor for arch in archs):
        return None
    if _compiles_itself(device, row, machine):
        return None
    params = {"build": label, "gpu": gpu.name, "capability": gpu.compute_capability}
    if device > archs[-1]:
        return Note("STK063", {**params, "ceiling": str(archs[-1])})
    return Note("STK064", {**params, "floor": str(archs[0])})


def _compiles_itself(device: Version, row: Build, machine: Machine) -> bool:
    """Say whether the driver can compile the build's PTX for a device newer than its code."""
    if row.ptx is None or machine.os != "linux" or device < Version(row.ptx):
        return False
    driver, toolkit = machine.nvidia_driver, row.toolkit_driver_linux
    return not (driver and toolkit and _older(driver, toolkit))


def _older(driver: str, needed: str) -> bool:
    try:
        return Version(driver) < Version(needed)
    except InvalidVersion:
        return False
