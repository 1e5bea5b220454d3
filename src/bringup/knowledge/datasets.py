"""Named data sets as values: the rows of ``tables/datasets.toml``."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from bringup.base.errors import BringupError

_TABLE: Final = Path(__file__).parent / "tables" / "datasets.toml"


@dataclass(frozen=True, slots=True)
class DataFile:
    """One file of a data set, as it lies in the cache: decompressed."""

    name: str
    role: str
    """What the reader takes it for: train_inputs, train_targets, inputs, rows, ..."""
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class MirrorSource:
    """Files at an address. ``files``: file name -> path below ``base``."""

    base: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class InstalledSource:
    """Files of an installed package. ``files``: file name -> path below site-packages."""

    package: str
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class IndexSource:
    """Files in an archive on the package index. ``files``: file name -> member of the archive."""

    project: str
    archive: str
    archive_bytes: int
    archive_sha256: str
    files: Mapping[str, str]


Source = MirrorSource | InstalledSource | IndexSource
_SOURCES: Final[dict[str, type[Source]]] = {
    "mirror": MirrorSource,
    "installed": InstalledSource,
    "index": IndexSource,
}


@dataclass(frozen=True, slots=True)
class DataSet:
    """A named data set. Fields as the head of the table explains them."""

    name: str
    title: str
    task: Literal["classification", "regression"]
    input_kind: Literal["image", "table"]
    input_shape: tuple[int, ...]
    target_name: str
    split: Literal["named", "share"]
    reader: Literal["idx", "text"]
    licence: str
    citation: str
    homepage: str
    checked: str
    files: tuple[DataFile, ...]
    sources: tuple[Source, ...]
    classes: int | None = None
    class_names: tuple[str, ...] | None = None
    feature_names: tuple[str, ...] | None = None
    delimiter: str | None = None
    skip_lines: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return the row for ``request.json``: all that a reader needs, without the sources."""
        row = asdict(self)
        del row["sources"]
        return row


def dataset_names() -> tuple[str, ...]:
    """Return the names of all data sets, in the order of the table."""
    return tuple(_rows())


def dataset(name: str) -> DataSet:
    """Return the data set called ``name``.

    Raises:
        BringupError: DAT001, there is none; the text names the nearest.
    """
    rows = _rows()
    if name not in rows:
        nearest = difflib.get_close_matches(name, rows, n=1, cutoff=0.5)
        guess = nearest[0] if nearest else next(iter(rows))
        raise BringupError("DAT001", name=name, nearest=guess, known=", ".join(rows))
    return rows[name]


@cache
def _rows() -> dict[str, DataSet]:
    table = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return {name: _dataset(name, row) for name, row in table.items()}


def _dataset(name: str, row: dict[str, Any]) -> DataSet:
    checked: date = row.pop("checked")
    files = tuple(DataFile(**file) for file in row.pop("files"))
    sources = tuple(_SOURCES[source.pop("kind")](**source) for source in row.pop("sources"))
    fields: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in row.items()
    }
    return DataSet(name=name, checked=checked.isoformat(), files=files, sources=sources, **fields)
