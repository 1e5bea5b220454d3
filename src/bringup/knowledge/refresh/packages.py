"""``tables/packages/*.toml``: the releases of each package, rebuilt whole from the index."""

from __future__ import annotations

from typing import Final

from bringup.knowledge.refresh.asking import Asking, today
from bringup.knowledge.refresh.floors import FLOORS, WITHOUT_METADATA
from bringup.knowledge.refresh.outcome import Outcome, rebuilt
from bringup.knowledge.refresh.requires import python_range, read_requires
from bringup.knowledge.refresh.toml import Document, Row
from bringup.knowledge.refresh.wheels import ReleaseFiles, releases_of, short_wheels, telling_wheel

_ORDER: Final = (
    "version", "released", "yanked", "requires_python", "sdist", "wheels", "requires", "note",
    "source", "checked", "confidence", "extras",
)  # fmt: skip


def rebuild(package: str, old: Document, asking: Asking) -> Document:
    """Return the table of a package as the index has it now.

    Columns that only people write (``note``), and ``requires`` where there is no wheel to read it
    from, stay as they are in ``old``.

    Raises:
        UnreachableError, BringupError: what the index answers.
    """
    kept = {row["version"]: row for row in old.get("release", [])}
    releases = releases_of(package, asking.files(package), FLOORS[package])
    rows = asking.each(lambda release: _row(package, release, asking), releases)
    return {
        "package": package,
        "release": [_merged(row, kept.get(row["version"], {})) for row in rows],
    }


def check(package: str, document: Document, asking: Asking) -> Outcome:
    """Rebuild the table of a package."""
    new = rebuild(package, document, asking)
    return rebuilt(f"packages/{package}", document, new, "release", lambda row: str(row["version"]))


def _row(package: str, release: ReleaseFiles, asking: Asking) -> Row:
    days = [file.uploaded for file in release.files if file.uploaded is not None]
    row: Row = {"version": str(release.version)}
    if days:
        row["released"] = min(days)
    if release.yanked:
        row["yanked"] = True
    ranges = [file.requires_python for file in release.files if file.requires_python]
    if ranges:
        row["requires_python"] = ranges[0]
    if release.sdist is not None:
        row["sdist"] = True
    row["wheels"] = short_wheels(name for name, _ in release.wheels)
    wheel = telling_wheel(release)
    if wheel is None or package in WITHOUT_METADATA:
        row["source"] = f"files of {package} {release.version} on the package index"
    else:
        metadata = asking.metadata(wheel)
        row["requires"], extras = read_requires(package, metadata)
        if extras:
            row["extras"] = extras
        if "requires_python" not in row and (said := python_range(metadata)):
            row["requires_python"] = said
        row["source"] = f"metadata of {wheel.filename} on the package index"
    return {**row, "checked": today(), "confidence": "official"}


def _merged(row: Row, old: Row) -> Row:
    hand_written = {"note": old["note"]} if "note" in old else {}
    if "requires" not in row and "requires" in old:
        hand_written |= {"requires": old["requires"], "source": old["source"]}
    merged = {**row, **hand_written}
    return {key: merged[key] for key in _ORDER if key in merged}
