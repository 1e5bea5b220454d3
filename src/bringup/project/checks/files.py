"""Files that the project names must be there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bringup.project.document import Document
from bringup.project.faults import ProjectError, did_you_mean
from bringup.project.positions import KeyPath


def check_file(document: Document, path: KeyPath) -> Iterator[ProjectError]:
    """Yield a fault if the file that the key names is missing or no file."""
    name = document.text(*path)
    if name is not None:
        yield from missing_file(document, path, name)


def missing_file(document: Document, path: KeyPath, name: str) -> Iterator[ProjectError]:
    """Yield a fault at ``path`` if ``name`` is no file of the project."""
    place = document.folder / name
    if place.is_dir():
        yield document.fault("PRJ021", path, file=name)
    elif not place.is_file():
        advice = did_you_mean(name, _names_near(place, document.folder))
        yield document.fault("PRJ020", path, advice=advice, file=name)


def _names_near(place: Path, folder: Path) -> list[str]:
    if not place.parent.is_dir() or not place.is_relative_to(folder):
        return []
    files = sorted(item for item in place.parent.iterdir() if item.is_file())
    return [file.relative_to(folder).as_posix() for file in files]
