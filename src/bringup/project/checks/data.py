"""``[data]``: a known data set, or a CSV file with the columns that are named."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Any

from bringup.project.checks.files import check_file
from bringup.project.document import Document
from bringup.project.faults import ProjectError, Text, did_you_mean, listed


def check(document: Document, datasets: Collection[str]) -> Iterator[ProjectError]:
    """Yield what is wrong with ``[data]``; without names in ``datasets`` any name will do."""
    table = document.table_name("data")
    if not document.has("data"):
        if not document.has("train", "script"):
            both_ways = Text("PRJ109", data=table, train=document.table_name("train"))
            yield document.fault("PRJ038", ("data",), advice=both_ways, data=table)
        return
    has_dataset, has_path = document.has("data", "dataset"), document.has("data", "path")
    if has_dataset and has_path:
        yield document.fault("PRJ031", ("data", "path"), on="key", table=table)
    elif not has_dataset and not has_path:
        yield document.fault("PRJ033", ("data",), table=table)
    name = document.text("data", "dataset")
    if name is not None and datasets and name not in datasets:
        advice = did_you_mean(name, datasets)
        params: dict[str, Any] = {"name": name, "known": listed(datasets)}
        yield document.fault("PRJ030", ("data", "dataset"), advice=advice, **params)
    if has_path:
        yield from _check_csv(document)
    else:
        for key in ("target", "features"):
            if document.has("data", key):
                yield document.fault("PRJ034", ("data", key), on="key", key=key, other="path")


def _check_csv(document: Document) -> Iterator[ProjectError]:
    if not document.has("data", "target"):
        yield document.fault("PRJ032", ("data", "path"), on="key")
    faults = list(check_file(document, ("data", "path")))
    yield from faults
    name = document.text("data", "path")
    if faults or name is None:
        return
    columns = read_header(document.folder / name)
    if columns is None:
        yield document.fault("PRJ025", ("data", "path"), file=name)
        return
    target = document.text("data", "target")
    if target is not None and target not in columns:
        yield _no_column(document, ("data", "target"), target, columns)
    for index, feature in document.texts("data", "features"):
        place = ("data", "features", index)
        if feature not in columns:
            yield _no_column(document, place, feature, columns)
        elif feature == target:
            yield document.fault("PRJ026", place, column=feature)


def _no_column(
    document: Document, path: tuple[str | int, ...], column: str, columns: Sequence[str]
) -> ProjectError:
    advice = did_you_mean(column, columns) or Text("PRJ108", known=listed(columns))
    file = document.text("data", "path")
    return document.fault("PRJ024", path, advice=advice, file=file, column=column)


def read_header(path: Path) -> list[str] | None:
    """Return the column names of a CSV file, or None where its first line names none."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            row = next(csv.reader(file), [])
    except (UnicodeDecodeError, csv.Error):
        return None
    names = [name.strip() for name in row]
    return names if names and all(names) else None
