"""Torch's builds: where they are, what each platform gets by default, what a build needs."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from packaging.version import Version

from bringup.knowledge.builds import Build, builds, cuda_major, cuda_number
from bringup.knowledge.cuda import CudaFamily, cuda_families
from bringup.knowledge.provenance import TABLES, Provenance, read_rows

__all__ = ["Build", "CudaFamily", "cuda_major", "cuda_number", "framework_table"]

TABLE_FILES: Final[tuple[Path, ...]] = tuple(
    TABLES / name for name in ("frameworks.toml", "cuda.toml", "builds/torch.toml")
)
"""What the choice of a build depends on."""


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework and its own index."""

    name: str
    index: str
    companions: tuple[str, ...]
    dependents: tuple[str, ...]
    provenance: Provenance

    def index_of(self, build: str) -> str:
        """Return the address of the framework's own index of one build."""
        return self.index.format(build=build)


@dataclass(frozen=True, slots=True)
class DefaultBuilds:
    """What the default index holds of a release: ``on`` is platform -> build."""

    version: Version
    default_build: str
    """The build on linux_x86_64."""
    on: Mapping[str, str]
    rocm: tuple[str, ...]
    """The builds for AMD GPUs that the framework's own index has."""
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class FrameworkTable:
    """The tables as values. A version newer than all rows is taken to be like the newest."""

    frameworks: Mapping[str, Framework]
    cuda_families: Mapping[int, CudaFamily]
    releases: tuple[DefaultBuilds, ...]
    """Newest first."""
    builds: tuple[Build, ...]
    """CUDA builds, newest first."""

    def release(self, version: Version) -> DefaultBuilds:
        """Return the row of the newest release that is not newer than ``version``."""
        public = Version(version.public)
        rows = (row for row in self.releases if row.version <= public)
        return next(rows, self.releases[-1])

    def build(self, version: Version, build: str) -> Build | None:
        """Return the row of a build: of this release or the last one before that had it."""
        public = Version(version.public)
        rows = (row for row in self.builds if row.build == build and row.version <= public)
        return next(rows, None)

    def default_kind(self, version: Version, platform: str) -> str:
        """Return the build of a wheel without a local version: ``cpu`` or a CUDA build.

        ``platform`` is linux_x86_64, linux_aarch64, windows or macos.
        """
        return self.release(version).on.get(platform, "cpu")

    def min_driver(self, build: str, *, windows: bool = False) -> str | None:
        """Return the oldest NVIDIA driver for a CUDA build, None when the family is unknown."""
        family = self.cuda_families.get(cuda_major(build))
        if family is None:
            return None
        return family.min_driver_windows if windows else family.min_driver_linux

    def rocm_builds(self) -> list[str]:
        """Return the names of all ROCm builds, the newest release's first."""
        return list(dict.fromkeys(name for row in self.releases for name in row.rocm))

    @property
    def checked(self) -> datetime.date:
        """The date of the oldest check among all rows."""
        return min(provenance.checked for provenance in self._provenances())

    def _provenances(self) -> Iterator[Provenance]:
        groups: tuple[Iterable[Any], ...] = (
            self.frameworks.values(),
            self.cuda_families.values(),
            self.releases,
            self.builds,
        )
        for rows in groups:
            for row in rows:
                yield row.provenance


@cache
def framework_table() -> FrameworkTable:
    """Read the tables that ship with bringup."""
    frameworks = [_framework(row) for row in read_rows("frameworks.toml")["framework"]]
    rows = builds("torch")
    return FrameworkTable(
        {row.name: row for row in frameworks},
        cuda_families(),
        tuple(_defaults(rows)),
        tuple(row for row in rows if row.is_cuda),
    )


def _framework(row: dict[str, Any]) -> Framework:
    return Framework(
        row["name"],
        row["index"],
        tuple(row["companions"]),
        tuple(row["dependents"]),
        Provenance.of(row),
    )


def _defaults(rows: tuple[Build, ...]) -> Iterator[DefaultBuilds]:
    for version in dict.fromkeys(row.version for row in rows):
        mine = [row for row in rows if row.version == version]
        on = {platform: row.build for row in mine for platform in row.default_on}
        default = on.get("linux_x86_64", "cpu")
        provenance = next((row.provenance for row in mine if row.build == default), None)
        yield DefaultBuilds(
            version,
            default,
            on,
            tuple(row.build for row in mine if row.is_rocm),
            provenance or mine[0].provenance,
        )
