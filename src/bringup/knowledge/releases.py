"""Releases of the packages that must go together: their wheels, and what they ask of each other.

The rows are the package index's own metadata (``tables/packages/<name>.toml``).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bringup.knowledge.provenance import TABLES, Provenance, read_rows

_FOLDER: Final = TABLES / "packages"


@dataclass(frozen=True, slots=True)
class Wheels:
    """The wheels of a release for one platform tag: ``pythons`` are pairs like ``cp312-cp312``."""

    platforms: tuple[str, ...]
    """One wheel may carry several: manylinux_2_17_x86_64 and manylinux2014_x86_64."""
    pythons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Release:
    """One release of a package as the index describes it."""

    package: str
    version: Version
    released: datetime.date | None
    requires_python: SpecifierSet
    wheels: tuple[Wheels, ...]
    sdist: bool
    requires: tuple[str, ...]
    """PEP 508 texts, only on packages that matter for the choice."""
    extras: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    provenance: Provenance = field(default=Provenance("", datetime.date.min, "derived"))
    yanked: bool = False
    """Withdrawn by its authors: counts only for who names exactly this version."""
    live: bool = False
    """Read from the index just now, because the tables do not have it."""

    @property
    def label(self) -> str:
        """``torch 2.13.0``."""
        return f"{self.package} {self.version}"


@cache
def package_names() -> frozenset[str]:
    """Return the names of all packages with a table."""
    return frozenset(path.stem for path in _FOLDER.glob("*.toml"))


@cache
def releases(package: str) -> tuple[Release, ...]:
    """Return the releases of a package, the newest first; none when it has no table."""
    if package not in package_names():
        return ()
    document = read_rows(f"packages/{package}.toml")
    rows = [_release(package, row) for row in document["release"]]
    return tuple(sorted(rows, key=lambda row: row.version, reverse=True))


def expanded(line: str) -> Wheels:
    """Read a ``wheels`` line: a platform tag, then Pythons; ``cp310`` stands for cp310-cp310."""
    platform, *pythons = line.split()
    return Wheels(tuple(platform.split(".")), tuple(map(_pair, pythons)))


def _pair(text: str) -> str:
    if "-" in text:
        return text
    # cp314t is the ABI of the free-threaded CPython 3.14.
    return f"{text.rstrip('t')}-{text}"


def _release(package: str, row: dict[str, Any]) -> Release:
    return Release(
        package,
        Version(row["version"]),
        row.get("released"),
        SpecifierSet(row.get("requires_python", "")),
        tuple(map(expanded, row.get("wheels", ()))),
        bool(row.get("sdist", False)),
        tuple(row.get("requires", ())),
        {name: tuple(rows) for name, rows in row.get("extras", {}).items()},
        Provenance.of(row),
        yanked=bool(row.get("yanked", False)),
    )
