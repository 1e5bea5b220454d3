"""Which GPUs the code of a framework's build runs on: what is locked, else what is installed."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from bringup.doctor.case import Case
from bringup.doctor.nvidia import capability_of, older, version_of
from bringup.knowledge.builds import Build, builds, builds_of
from bringup.knowledge.frameworks import framework_table
from bringup.machine.model import Gpu


@dataclass(frozen=True, slots=True)
class GpuCode:
    """The GPU code of one build of torch."""

    label: str
    """``torch 2.7.1 cu128``."""
    archs: tuple[Version, ...]
    """Compute capabilities, the lowest first; at least one."""
    ptx: Version | None = None
    """Intermediate code that the driver compiles for newer GPUs (Linux)."""
    ptx_driver: str | None = None
    """The oldest driver that does."""

    def serves(self, device: Version, case: Case) -> bool:
        """Say whether a GPU of this compute capability runs it."""
        # CUDA runs code of the same major version with the same or a lower minor version.
        if any(arch.major == device.major and arch.minor <= device.minor for arch in self.archs):
            return True
        if self.ptx is None or device < self.ptx or not case.linux:
            return False
        return not older(case.machine.nvidia_driver, self.ptx_driver)


def gpu_code(case: Case) -> GpuCode | None:
    """Return the GPU code of the locked torch, of the installed one without a lock."""
    if case.wants is not None:
        return _locked(case)
    version = version_of(case.packages.get("torch"))
    build = case.text("env.torch_build")
    if version is None or build is None:
        return None
    return next(
        (_of(row, case) for row in builds_of("torch", version) if row.build == build and row.archs),
        None,
    )


def _locked(case: Case) -> GpuCode | None:
    wants = case.wants
    if wants is None or wants.gpu is None or wants.gpu.vendor != "nvidia" or not wants.gpu.archs:
        return None
    torch = wants.packages.get("torch", "").partition("+")[0]
    label = f"torch {torch} {wants.build}" if torch else wants.build
    archs = tuple(sorted(Version(arch) for arch in wants.gpu.archs))
    return GpuCode(label, archs, version_of(wants.gpu.ptx), wants.gpu.ptx_driver)


def _of(row: Build, case: Case) -> GpuCode:
    names = row.archs_aarch64 if case.machine.arch == "aarch64" and row.archs_aarch64 else row.archs
    archs = tuple(sorted(Version(name) for name in names))
    return GpuCode(row.label, archs, version_of(row.ptx), row.toolkit_driver_linux)


@dataclass(frozen=True, slots=True)
class Unserved:
    """A GPU that a build has no code for. ``all`` says that no other GPU is served, either."""

    gpu: Gpu
    capability: Version
    all: bool


def unserved(case: Case, code: GpuCode) -> tuple[Unserved, ...]:
    """Return the GPUs without code; one of an unknown generation counts as served."""
    known = [(gpu, capability_of(gpu)) for gpu in case.nvidia_gpus]
    missing = [(gpu, one) for gpu, one in known if one is not None and not code.serves(one, case)]
    return tuple(Unserved(gpu, one, len(missing) == len(known)) for gpu, one in missing)


def build_for(capability: Version, case: Case) -> str:
    """Return the newest build of torch with code for a GPU: ``torch 2.14.1 cu126``."""
    for row in builds("torch"):
        has_code = row.is_cuda and row.archs and _of(row, case).serves(capability, case)
        if has_code and _driver_runs(row.build, case):
            return row.label
    return "torch cpu"


def _driver_runs(build: str, case: Case) -> bool:
    """Say whether the driver here runs a build's CUDA; one that nobody knows rules out nothing."""
    driver = case.machine.nvidia_driver
    floor = framework_table().min_driver(build, windows=case.machine.os == "windows")
    try:
        return driver is None or floor is None or Version(driver) >= Version(floor)
    except InvalidVersion:
        return True
