"""Framework builds: where they are, what each platform gets by default, what a build needs."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from packaging.version import Version

TABLE: Final = Path(__file__).parent / "tables" / "frameworks.toml"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a row comes from."""

    source: str
    checked: datetime.date
    confidence: str
    """official, derived or third-party."""


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
class CudaFamily:
    """A CUDA major version and the oldest driver that runs it."""

    major: int
    min_driver_linux: str
    min_driver_windows: str
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Release:
    """What the default index holds of a release: ``kinds`` is platform -> ``cuda`` or ``cpu``."""

    version: Version
    default_build: str
    kinds: Mapping[str, str]
    min_glibc: str
    rocm: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Build:
    """A CUDA build of a release: compute capabilities with compiled code, and PTX."""

    version: Version
    build: str
    archs: tuple[str, ...]
    archs_aarch64: tuple[str, ...]
    ptx: str | None
    toolkit_driver_linux: str | None
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class FrameworkTable:
    """The table as values. A version newer than all rows is taken to be like the newest."""

    frameworks: Mapping[str, Framework]
    cuda_families: Mapping[int, CudaFamily]
    releases: tuple[Release, ...]
    """Newest first."""
    builds: tuple[Build, ...]
    """Newest first."""

    def release(self, version: Version) -> Release:
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
        release = self.release(version)
        kind = release.kinds.get(platform, "cpu")
        return release.default_build if kind == "cuda" else kind

    def min_driver(self, build: str, *, windows: bool = False) -> str | None:
        """Return the oldest NVIDIA driver for a CUDA build, None when the family is unknown."""
        family = self.cuda_families.get(cuda_major(build))
        if family is None:
            return None
        return family.min_driver_windows if windows else family.min_driver_linux

    def rocm_builds(self) -> list[str]:
        """Return the names of all ROCm builds, the newest release's first."""
        names = (f"rocm{version}" for row in self.releases for version in row.rocm)
        return list(dict.fromkeys(names))

    @property
    def checked(self) -> datetime.date:
        """The date of the oldest check among all rows."""
        provenances = [
            *(row.provenance for row in self.frameworks.values()),
            *(row.provenance for row in self.cuda_families.values()),
            *(row.provenance for row in self.releases),
            *(row.provenance for row in self.builds),
        ]
        return min(provenance.checked for provenance in provenances)


def cuda_number(build: str) -> int:
    """Return 126 for ``cu126``, 0 for what is no CUDA build."""
    return int(build[2:]) if build.startswith("cu") and build[2:].isdigit() else 0


def cuda_major(build: str) -> int:
    """Return 12 for ``cu126``, 0 for what is no CUDA build."""
    return cuda_number(build) // 10


@cache
def framework_table() -> FrameworkTable:
    """Read the table that ships with bringup."""
    return read_table(TABLE)


def read_table(path: Path) -> FrameworkTable:
    """Read a table of this form from a file."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    frameworks = [_framework(row) for row in document["framework"]]
    families = [
        CudaFamily(
            row["major"], row["min_driver_linux"], row["min_driver_windows"], _provenance(row)
        )
        for row in document["cuda_family"]
    ]
    releases = sorted(map(_release, document["release"]), key=lambda row: row.version)
    builds = sorted(map(_build, document["build"]), key=lambda row: row.version)
    return FrameworkTable(
        {row.name: row for row in frameworks},
        {row.major: row for row in families},
        tuple(reversed(releases)),
        tuple(reversed(builds)),
    )


def _framework(row: dict[str, Any]) -> Framework:
    return Framework(
        row["name"],
        row["index"],
        tuple(row["companions"]),
        tuple(row["dependents"]),
        _provenance(row),
    )


def _release(row: dict[str, Any]) -> Release:
    platforms = ("linux_x86_64", "linux_aarch64", "windows", "macos")
    return Release(
        Version(row["version"]),
        row["default_build"],
        {name: row[name] for name in platforms},
        row["min_glibc"],
        tuple(row["rocm"]),
        _provenance(row),
    )


def _build(row: dict[str, Any]) -> Build:
    return Build(
        Version(row["version"]),
        row["build"],
        tuple(row["archs"]),
        tuple(row.get("archs_aarch64", ())),
        row.get("ptx"),
        row.get("toolkit_driver_linux"),
        _provenance(row),
    )


def _provenance(row: dict[str, Any]) -> Provenance:
    return Provenance(row["source"], row["checked"], row["confidence"])
