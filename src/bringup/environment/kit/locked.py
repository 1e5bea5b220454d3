"""Which files of a lock a target needs: of each package one wheel, or its source."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from packaging.markers import InvalidMarker, Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion

from bringup.base.errors import BringupError
from bringup.stack.addresses import is_local

_ELSEWHERE: Final = ("vcs", "directory")
"""Kinds of PEP 751 packages that are no file."""


@dataclass(frozen=True, slots=True)
class NeededFile:
    """One file that a lock names."""

    package: str
    version: str
    name: str
    """The file's name."""
    sha256: str
    place: str
    """An address or a path; addresses in locks hold no credentials."""
    size: int | None = None
    """Bytes, None when the lock does not say."""

    @property
    def is_wheel(self) -> bool:
        """Whether it can be installed as it is."""
        return self.name.endswith(".whl")


def needed_files(
    pylock: Path, *, tags: Sequence[Tag], markers: Mapping[str, str]
) -> list[NeededFile]:
    """Return what a target needs of a lock, in the order of the lock.

    Args:
        pylock: a PEP 751 file.
        tags: the target's wheel tags, best first.
        markers: the target's environment of markers.

    Raises:
        BringupError: STK056 (no lock), KIT002 (a package that is no file), KIT003 (no SHA-256),
            KIT005 (neither a wheel that fits nor a source).
    """
    ranks = {tag: rank for rank, tag in enumerate(tags)}
    try:
        rows = tomllib.loads(pylock.read_text(encoding="utf-8"))["packages"]
        wanted = [row for row in rows if _applies(row, markers)]
        return [_needed(row, ranks, pylock) for row in wanted]
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BringupError("STK056", path=pylock, reason=error) from error


def filename_of(row: Mapping[str, Any]) -> str:
    """Return the name of the file that a row of a lock names."""
    if name := row.get("name"):
        return str(name)
    place = str(row.get("url") or row["path"])
    path = urlsplit(place).path if "://" in place else place.replace("\\", "/")
    return unquote(path.rpartition("/")[2])


def wheel_tags_of(name: str) -> frozenset[Tag]:
    """Return the tags in a wheel's name, none when it is no wheel's name."""
    try:
        return parse_wheel_filename(name)[3]
    except (InvalidWheelFilename, InvalidVersion):
        return frozenset()


def glibc_floor(names: Iterable[str]) -> tuple[int, int] | None:
    """Return the oldest glibc on which all of these wheels run; None when none asks for one."""
    floors = [min(found) for name in names if (found := list(_glibc(name)))]
    return max(floors, default=None)


def _glibc(name: str) -> Iterator[tuple[int, int]]:
    legacy = {"manylinux2014": (2, 17), "manylinux2010": (2, 12), "manylinux1": (2, 5)}
    for tag in wheel_tags_of(name):
        words = tag.platform.split("_")
        if words[0] == "manylinux":
            yield (int(words[1]), int(words[2]))
        elif words[0] in legacy:
            yield legacy[words[0]]


def _applies(row: Mapping[str, Any], markers: Mapping[str, str]) -> bool:
    text = row.get("marker")
    if not text:
        return True
    try:
        return Marker(text).evaluate(dict(markers))
    except (InvalidMarker, UndefinedComparison, UndefinedEnvironmentName):
        # What cannot be decided here is packed: the installer decides.
        return True


def _needed(row: Mapping[str, Any], ranks: Mapping[Tag, int], pylock: Path) -> NeededFile:
    package = canonicalize_name(row["name"])
    for kind in _ELSEWHERE:
        if kind in row:
            raise BringupError("KIT002", package=package, kind=kind, path=pylock.name)
    if "archive" in row:
        return _file(row["archive"], row, pylock)
    fitting = [
        (rank, wheel)
        for wheel in row.get("wheels", ())
        if (rank := _rank(filename_of(wheel), ranks)) is not None
    ]
    if fitting:
        return _file(min(fitting, key=lambda pair: pair[0])[1], row, pylock)
    if "sdist" in row:
        return _file(row["sdist"], row, pylock)
    names = ", ".join(filename_of(wheel) for wheel in row.get("wheels", ())) or "-"
    raise BringupError("KIT005", package=package, path=pylock.name, found=names)


def _rank(name: str, ranks: Mapping[Tag, int]) -> int | None:
    return min((ranks[tag] for tag in wheel_tags_of(name) if tag in ranks), default=None)


def _file(found: Mapping[str, Any], row: Mapping[str, Any], pylock: Path) -> NeededFile:
    name = filename_of(found)
    sha256 = found.get("hashes", {}).get("sha256")
    if not sha256:
        raise BringupError("KIT003", file=name, path=pylock.name)
    # A place that is a path begins at the lock file.
    place = str(found.get("url") or pylock.parent / found["path"])
    size = found.get("size")
    if is_local(place) and not place.startswith("file:"):
        place = str(Path(place).absolute())
    package = canonicalize_name(row["name"])
    return NeededFile(package, str(row.get("version", "")), name, sha256, place, size)
