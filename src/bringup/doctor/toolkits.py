"""The CUDA toolkit that compilers of extensions take, as CUDA_HOME and PATH say."""

from __future__ import annotations

from dataclasses import dataclass

from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.nvidia import capability_of, version_of
from bringup.machine.model import Gpu


@dataclass(frozen=True, slots=True)
class UsedToolkit:
    """A toolkit: where it is, its version, and the fact that says so."""

    path: str
    version: Version
    fact: str

    @property
    def release(self) -> str:
        """``12.4`` of 12.4.1."""
        return f"{self.version.major}.{self.version.minor}"


def folder(path: str) -> str:
    """Return a folder's name as the probe writes it."""
    return path.replace("\\", "/").rstrip("/")


def home_toolkit(case: Case) -> UsedToolkit | None:
    """Return the toolkit that CUDA_HOME names, None when there is none."""
    home = case.text("cuda.home")
    if home is None:
        return None
    for row in case.records("cuda.toolkits"):
        version = version_of(str(row.get("version")))
        if folder(str(row.get("path"))) == folder(home) and version is not None:
            return UsedToolkit(home, version, "cuda.home")
    return None


def path_toolkit(case: Case) -> UsedToolkit | None:
    """Return the toolkit whose nvcc is first on PATH."""
    version, path = version_of(case.text("cuda.nvcc_version")), case.text("cuda.nvcc_path")
    return None if version is None or path is None else UsedToolkit(path, version, "cuda.nvcc_path")


def used_toolkit(case: Case) -> UsedToolkit | None:
    """Return the toolkit that builds of extensions take: CUDA_HOME's, else the one on PATH."""
    return home_toolkit(case) or path_toolkit(case)


def known_capabilities(case: Case) -> list[tuple[Gpu, Version]]:
    """Return the NVIDIA GPUs whose generation is known, the newest first."""
    rows = [(gpu, capability_of(gpu)) for gpu in case.nvidia_gpus]
    known = [(gpu, one) for gpu, one in rows if one is not None]
    return sorted(known, key=lambda row: row[1], reverse=True)
