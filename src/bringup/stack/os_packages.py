"""Packages of the operating system that locked wheels need: reviewed rows, each proved."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

TABLE: Final = Path(__file__).parent / "os_packages.toml"
FAMILIES: Final = ("debian", "fedora")
"""Families of distributions whose package names the table knows."""


@dataclass(frozen=True, slots=True)
class Library:
    """A shared library that wheels load from the system."""

    soname: str
    names: dict[str, str]
    """Family of distributions -> the name of the package that holds it."""
    packages: frozenset[str]
    """Normalised names of the Python packages whose wheels load it."""
    source: str
    checked: datetime.date
    confidence: str


@cache
def libraries() -> tuple[Library, ...]:
    """Return the rows of the table that ships with bringup."""
    document = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    return tuple(
        Library(
            row["soname"],
            {family: row[family] for family in FAMILIES},
            frozenset(map(canonicalize_name, row["packages"])),
            row["source"],
            row["checked"],
            row["confidence"],
        )
        for row in document["library"]
    )


def os_packages(packages: Iterable[str], *, libc: str | None) -> dict[str, list[str]]:
    """Return what must be installed, by family of distributions; empty where nothing is known.

    Args:
        packages: the locked Python packages.
        libc: of the target. The rows were proved on wheels for glibc; musl is not covered.
    """
    if libc != "glibc":
        return {}
    wanted = set(map(canonicalize_name, packages))
    rows = [row for row in libraries() if row.packages & wanted]
    if not rows:
        return {}
    return {family: sorted(row.names[family] for row in rows) for family in FAMILIES}


def checked() -> datetime.date:
    """Return the date of the oldest check among the rows."""
    return min(row.checked for row in libraries())
