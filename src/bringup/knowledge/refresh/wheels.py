"""The files of a package as releases, and wheel names in the short form of the tables.

A short form is one string per platform tag: the platform as it stands in the file name, then the
pairs of Python and ABI. ``cp310`` is cp310-cp310, ``cp314t`` is cp314-cp314t.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from packaging.utils import (
    InvalidSdistFilename,
    InvalidWheelFilename,
    canonicalize_name,
    parse_sdist_filename,
    parse_wheel_filename,
)
from packaging.version import InvalidVersion, Version

from bringup.stack.index import IndexFile

_NUMBERS: Final = re.compile(r"\d+")
_SYSTEMS: Final = ("manylinux", "musllinux", "linux", "win", "macosx", "any")


@dataclass(frozen=True, slots=True)
class WheelName:
    """The tags of a wheel as they stand in its name."""

    python: str
    abi: str
    platform: str

    @property
    def pair(self) -> str:
        """Python and ABI in the short form."""
        if self.abi in {self.python, f"{self.python}t"}:
            return self.abi
        return f"{self.python}-{self.abi}"

    @property
    def python_key(self) -> tuple[int, ...]:
        """The Python's numbers, to compare: (3, 13)."""
        digits = re.sub(r"\D", "", self.python.partition(".")[0])
        return (int(digits[:1] or 0), int(digits[1:] or 0))


@dataclass(slots=True)
class ReleaseFiles:
    """The files of one release: those that are not yanked, or all of one that is yanked whole."""

    version: Version
    wheels: list[tuple[WheelName, IndexFile]] = field(default_factory=list)
    sdist: IndexFile | None = None
    yanked: bool = False
    """Withdrawn by its authors: installers take it only for an exact pin."""

    @property
    def files(self) -> list[IndexFile]:
        """All of them."""
        rows = [file for _, file in self.wheels]
        return rows if self.sdist is None else [*rows, self.sdist]


def wheel_name(filename: str) -> WheelName:
    """Take a wheel's name apart."""
    python, abi, platform = filename.removesuffix(".whl").split("-")[-3:]
    return WheelName(python, abi, platform)


def releases_of(package: str, files: Iterable[IndexFile], floor: str) -> list[ReleaseFiles]:
    """Return the final releases from ``floor`` on, newest first."""
    kept: dict[Version, list[IndexFile]] = {}
    for file in files:
        version = _version(package, file.filename)
        if version is not None and not version.is_prerelease and version >= Version(floor):
            kept.setdefault(version, []).append(file)
    return [_release(version, kept[version]) for version in sorted(kept, reverse=True)]


def _release(version: Version, files: list[IndexFile]) -> ReleaseFiles:
    row = ReleaseFiles(version, yanked=all(file.yanked for file in files))
    for file in files:
        if file.yanked and not row.yanked:
            continue
        if file.filename.endswith(".whl"):
            row.wheels.append((wheel_name(file.filename), file))
        else:
            row.sdist = file
    return row


def short_wheels(names: Iterable[WheelName]) -> list[str]:
    """Return wheel names in the short form, Linux first, Pythons upwards."""
    pairs: dict[str, set[tuple[tuple[int, ...], str]]] = {}
    for name in names:
        pairs.setdefault(name.platform, set()).add((name.python_key, name.pair))
    return [
        " ".join([platform, *(pair for _, pair in sorted(pairs[platform]))])
        for platform in sorted(pairs, key=_platform_key)
    ]


def telling_wheel(release: ReleaseFiles) -> IndexFile | None:
    """Return the wheel whose METADATA speaks for a release: the newest CPython on Linux x86_64."""
    if not release.wheels:
        return None
    best = max(release.wheels, key=lambda row: (_fitness(row[0]), row[0].python_key))
    return best[1] if _fitness(best[0]) else min(release.wheels, key=lambda r: r[1].filename)[1]


def _fitness(name: WheelName) -> int:
    on_linux = "manylinux" in name.platform and name.platform.endswith("x86_64")
    return int(on_linux and name.python.startswith("cp") and not name.abi.endswith("t"))


def _platform_key(platform: str) -> tuple[int, bool, list[int], str]:
    system = next((i for i, word in enumerate(_SYSTEMS) if platform.startswith(word)), 9)
    is_x86 = platform.endswith(("x86_64", "amd64", "any"))
    return system, not is_x86, [int(number) for number in _NUMBERS.findall(platform)], platform


def _version(package: str, filename: str) -> Version | None:
    try:
        if filename.endswith(".whl"):
            name, version = parse_wheel_filename(filename)[:2]
        else:
            name, version = parse_sdist_filename(filename)
    except (InvalidWheelFilename, InvalidSdistFilename, InvalidVersion):
        return None
    return version if name == canonicalize_name(package) else None
