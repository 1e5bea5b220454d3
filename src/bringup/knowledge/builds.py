"""Builds of framework releases: which GPUs they have code for, and what they need to run.

``cu126`` is a build of torch, ``cu122`` TensorFlow's build for its tested CUDA 12.2, ``cuda12`` the
extra of JAX, ``cu12`` the CUDA major of ONNX Runtime's GPU wheel.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from packaging.version import Version

from bringup.knowledge.provenance import TABLES, Provenance, read_rows

_FOLDER: Final = TABLES / "builds"
_CUDA_BUILD: Final = re.compile(r"cu(\d\d)(\d*)")
_CUDA_EXTRA: Final = re.compile(r"cuda(\d\d)")


@dataclass(frozen=True, slots=True)
class Build:
    """One build of one release of a framework."""

    framework: str
    version: Version
    build: str
    cuda: str | None
    """``12.6``, or ``12`` where only the major version is known; None for cpu and ROCm."""
    cudnn: str | None
    """As stated by the release: ``9.10.2.21``, ``8.9`` or ``9``."""
    nccl: str | None
    archs: tuple[str, ...]
    """Compute capabilities with compiled code (Linux x86_64, Windows); gfx names for ROCm."""
    archs_aarch64: tuple[str, ...]
    ptx: str | None
    """Newest capability whose intermediate code the driver can compile for newer GPUs (Linux)."""
    floor: str | None
    ceiling: str | None
    """Where only a range of capabilities is known."""
    min_driver_linux: str | None
    toolkit_driver_linux: str | None
    default_on: tuple[str, ...]
    """Platforms whose wheel on the default index is this build."""
    oses: tuple[str, ...]
    """Systems whose GPU it can use; empty when it is not limited."""
    status: str
    provenance: Provenance

    @property
    def is_cuda(self) -> bool:
        """Whether it computes on NVIDIA GPUs."""
        return cuda_major(self.build) > 0

    @property
    def is_rocm(self) -> bool:
        """Whether it computes on AMD GPUs."""
        return self.build.startswith("rocm")

    @property
    def label(self) -> str:
        """``torch 2.13.0 cu126``."""
        return f"{self.framework} {self.version} {self.build}"


def cuda_number(build: str) -> int:
    """Return 126 for ``cu126``, 120 for ``cuda12`` and ``cu12``, 0 for what is no CUDA build."""
    if match := _CUDA_BUILD.fullmatch(build):
        return int(match[1]) * 10 + int(match[2] or 0)
    if match := _CUDA_EXTRA.fullmatch(build):
        return int(match[1]) * 10
    return 0


def cuda_major(build: str) -> int:
    """Return 12 for ``cu126``, 0 for what is no CUDA build."""
    return cuda_number(build) // 10


@cache
def framework_names() -> frozenset[str]:
    """Return the names of the frameworks with a table of builds."""
    return frozenset(path.stem for path in _FOLDER.glob("*.toml"))


@cache
def builds(framework: str) -> tuple[Build, ...]:
    """Return all builds of a framework, the newest release first; none when it has no table."""
    if framework not in framework_names():
        return ()
    document = read_rows(f"builds/{framework}.toml")
    rows = [_build(framework, row) for row in document["build"]]
    return tuple(sorted(rows, key=lambda row: row.version, reverse=True))


def builds_of(framework: str, version: Version) -> tuple[Build, ...]:
    """Return the builds of one release."""
    public = version.public
    return tuple(row for row in builds(framework) if str(row.version) == public)


def _build(framework: str, row: dict[str, Any]) -> Build:
    return Build(
        framework,
        Version(row["version"]),
        row["build"],
        row.get("cuda"),
        row.get("cudnn"),
        row.get("nccl"),
        tuple(row.get("archs", ())),
        tuple(row.get("archs_aarch64", ())),
        row.get("ptx"),
        row.get("floor"),
        row.get("ceiling"),
        row.get("min_driver_linux"),
        row.get("toolkit_driver_linux"),
        tuple(row.get("default_on", ())),
        tuple(row.get("oses", ())),
        row.get("status", "stable"),
        Provenance.of(row),
    )
