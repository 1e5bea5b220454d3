"""``tables/cudnn.toml``: the releases of cuDNN, rebuilt from the index; support is reviewed."""

from __future__ import annotations

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.nvidia import library_rows
from bringup.knowledge.refresh.outcome import Outcome, rebuilt
from bringup.knowledge.refresh.toml import Document, Row


def check(document: Document, asking: Asking) -> Outcome:
    """Rebuild the releases; each gets the floor that the support rows give it."""
    support = document.get("support", [])
    rows = [_with_floor(row, support) for row in library_rows("cudnn", asking)]
    new = {**document, "release": rows}
    return rebuilt("cudnn", document, new, "release", lambda row: str(row["version"]))


def _with_floor(row: Row, support: list[Row]) -> Row:
    floor = _floor(Version(row["version"]), support)
    if floor is None:
        return row
    # The floor is not on the index: it comes from the support rows, which say less of it.
    source = f"{row['source']}; floor: the support rows"
    ordered: Row = {key: row[key] for key in ("version", "cuda_majors", "released") if key in row}
    ordered["floor"] = floor
    return {**ordered, **row, "source": source, "confidence": "derived"}


def _floor(version: Version, support: list[Row]) -> str | None:
    """Return the floor of a release: its own row's, or the one of both rows around it."""
    rows = sorted(support, key=_begin)
    for row in rows:
        if version in SpecifierSet(row["cudnn"]):
            return str(row["floor"])
    older = [row["floor"] for row in rows if _begin(row) <= version]
    newer = [row["floor"] for row in rows if _begin(row) > version]
    return str(older[-1]) if older and newer and older[-1] == newer[0] else None


def _begin(row: Row) -> Version:
    return min(Version(part.version) for part in SpecifierSet(row["cudnn"]))
