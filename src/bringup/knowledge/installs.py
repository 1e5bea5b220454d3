"""What can go wrong with installed packages and no metadata guards: names, folders, NumPy 2."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bringup.knowledge.provenance import Provenance, read_rows

_FILE: Final = "installs.toml"


@dataclass(frozen=True, slots=True)
class Twins:
    """Packages that write the same files: of two, the one installed last wins."""

    folder: str
    """The import package that they all bring."""
    packages: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class Left:
    """A package that its authors gave up or that only bears the name of another."""

    package: str
    when: SpecifierSet
    instead: str
    """What to install in its place."""
    effect: str
    effect_zh: str
    broken: bool
    """It does not work at all; otherwise it works until something around it changes."""
    provenance: Provenance


@dataclass(frozen=True, slots=True)
class NumpyFloor:
    """The first release of a package that is built for NumPy 2."""

    package: str
    version: Version
    provenance: Provenance


@cache
def twins() -> dict[str, Twins]:
    """Return the families of packages by the folder that they share."""
    rows = read_rows(_FILE)["twins"]
    return {
        row["folder"]: Twins(row["folder"], tuple(row["packages"]), Provenance.of(row))
        for row in rows
    }


@cache
def left_packages() -> tuple[Left, ...]:
    """Return the packages that nobody should have installed any more."""
    return tuple(
        Left(
            row["package"],
            SpecifierSet(row.get("when", "")),
            row["instead"],
            row["effect"],
            row["effect_zh"],
            bool(row.get("broken", False)),
            Provenance.of(row),
        )
        for row in read_rows(_FILE)["left"]
    )


@cache
def numpy_floors() -> tuple[NumpyFloor, ...]:
    """Return the packages with code compiled for NumPy, and since when it is for NumPy 2."""
    return tuple(
        NumpyFloor(row["package"], Version(row["version"]), Provenance.of(row))
        for row in read_rows(_FILE)["numpy2"]
    )
