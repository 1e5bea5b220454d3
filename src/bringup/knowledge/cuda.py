"""NVIDIA's side: driver minimums, toolkits, capability ranges, host compilers, cuDNN."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from packaging.version import Version

from bringup.knowledge.provenance import Provenance, read_rows


@dataclass(frozen=True, slots=True)
class CudaFamily:
    """A CUDA major version and the oldest driver that runs it (minor-version compatibility)."""

    major: int
    min_driver_linux: str
    min_driver_windows: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Toolkit:
    """One release of the CUDA toolkit and the driver that came with it."""

    release: str
    cuda: str
    driver_linux: str | None
    driver_windows: str | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Capability:
    """From this toolkit on, the compute capabilities that it can compile for."""

    cuda: str
    floor: str
    ceiling: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class HostCompiler:
    """The newest GCC that a toolkit's nvcc accepts."""

    cuda: str
    gcc_max: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Architecture:
    """A generation of GPUs and the last driver branch that knows it, None while it lives."""

    name: str
    floor: str
    ceiling: str
    last_driver_branch: str | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class CudnnSupport:
    """Which toolkits and capabilities a range of cuDNN releases supports, as a specifier."""

    cudnn: str
    cuda: tuple[str, ...]
    floor: str | None
    provenance: Provenance


@cache
def cuda_families() -> dict[int, CudaFamily]:
    """Return the families by major version."""
    rows = read_rows("cuda.toml")["family"]
    return {
        row["major"]: CudaFamily(
            row["major"], row["min_driver_linux"], row["min_driver_windows"], Provenance.of(row)
        )
        for row in rows
    }


@cache
def toolkits() -> tuple[Toolkit, ...]:
    """Return the toolkit releases, the newest first."""
    rows = [
        Toolkit(
            row["release"],
            row["cuda"],
            row.get("driver_linux"),
            row.get("driver_windows"),
            Provenance.of(row),
        )
        for row in read_rows("cuda.toml")["toolkit"]
    ]
    return tuple(sorted(rows, key=lambda row: Version(row.cuda), reverse=True))


@cache
def capabilities() -> tuple[Capability, ...]:
    """Return the capability ranges, the oldest toolkit first."""
    rows = [
        Capability(row["cuda"], row["floor"], row["ceiling"], Provenance.of(row))
        for row in read_rows("cuda.toml")["capability"]
    ]
    return tuple(sorted(rows, key=lambda row: Version(row.cuda)))


def capability_of(cuda: str) -> Capability | None:
    """Return the range of a toolkit: the row of the newest toolkit that is not newer."""
    rows = [row for row in capabilities() if Version(row.cuda) <= Version(cuda)]
    return rows[-1] if rows else None


@cache
def host_compilers() -> tuple[HostCompiler, ...]:
    """Return the compiler limits, the oldest toolkit first."""
    rows = [
        HostCompiler(row["cuda"], str(row["gcc_max"]), Provenance.of(row))
        for row in read_rows("cuda.toml")["host_compiler"]
        if "gcc_max" in row
    ]
    return tuple(sorted(rows, key=lambda row: Version(row.cuda)))


def host_compiler_of(cuda: str) -> HostCompiler | None:
    """Return the compiler limit of a toolkit: the row of the newest one that is not newer."""
    rows = [row for row in host_compilers() if Version(row.cuda) <= Version(cuda)]
    return rows[-1] if rows else None


@cache
def architectures() -> tuple[Architecture, ...]:
    """Return the generations of GPUs, the oldest first."""
    rows = [
        Architecture(
            row["name"],
            row["floor"],
            row["ceiling"],
            row.get("last_driver_branch"),
            Provenance.of(row),
        )
        for row in read_rows("cuda.toml")["architecture"]
    ]
    return tuple(sorted(rows, key=lambda row: Version(row.floor)))


def architecture_of(capability: str) -> Architecture | None:
    """Return the generation of a compute capability."""
    device = Version(capability)
    return next(
        (row for row in architectures() if Version(row.floor) <= device <= Version(row.ceiling)),
        None,
    )


@cache
def cudnn_supports() -> tuple[CudnnSupport, ...]:
    """Return what the cuDNN support matrices say."""
    return tuple(map(_support, read_rows("cudnn.toml")["support"]))


def _support(row: dict[str, Any]) -> CudnnSupport:
    return CudnnSupport(
        row["cudnn"], tuple(row.get("cuda", ())), row.get("floor"), Provenance.of(row)
    )
