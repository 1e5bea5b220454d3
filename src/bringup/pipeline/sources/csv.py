"""The project's own CSV file: a header line, one row a line."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from bringup.base.errors import BringupError
from bringup.pipeline.sources.columns import (
    NumberColumn,
    are_measurements,
    is_missing_label,
    read_classes,
    read_numbers,
)
from bringup.pipeline.sources.raw import Note, RawData, Rows

_DELIMITERS: Final = ",;\t|"
_SHOWN: Final = 20
_MANY_CLASSES: Final = 20


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file as text: ``lines`` holds the line number of each row."""

    path: Path
    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    lines: tuple[int, ...]

    def column(self, name: str) -> list[str]:
        """Return the cells of a column."""
        place = self.names.index(name)
        return [row[place] for row in self.rows]

    def cell(self, row: int, name: str) -> str:
        """Return the start of one cell, to show."""
        return self.rows[row][self.names.index(name)].strip()[:40]

    def only(self, keep: Sequence[bool]) -> Table:
        """Return the table with some of its rows."""
        rows = tuple(row for row, kept in zip(self.rows, keep, strict=True) if kept)
        lines = tuple(line for line, kept in zip(self.lines, keep, strict=True) if kept)
        return Table(self.path, self.names, rows, lines)


def read_csv(
    path: Path, *, target: str | None, features: list[str] | None, task: str, note: Note
) -> RawData:
    """Read a CSV file: the columns to learn from, and the one to predict.

    Rows without a target are left out; cells that are no numbers count as missing. Both are
    noted with their lines.

    Raises:
        BringupError: PRE018 and PRE020 to PRE029, what is wrong with the file.
    """
    table = read_table(path)
    names = _feature_names(table, target, features)
    table, cleaning = _drop_without_target(table, str(target), task, note)
    columns = {name: read_numbers(table.column(name)) for name in names}
    _refuse_text(path, columns)
    cleaning.update(_odd_cells(table, columns, note))
    inputs = np.stack([columns[name].values for name in names], axis=1)
    if task == "regression":
        targets, class_names = _numeric_target(table, str(target)), None
        rows = Rows(inputs, targets.values[:, None])
    else:
        labels, class_names = _class_target(table, str(target))
        rows = Rows(inputs, labels)
    return RawData(
        rows=rows,
        target_name=str(target),
        class_names=class_names,
        feature_names=tuple(names),
        cleaning=cleaning,
    )


def read_table(path: Path) -> Table:
    """Read the text of a CSV file. Commas, semicolons, tabs and bars separate cells.

    Raises:
        BringupError: FIL004, no such file; PRE020, not UTF-8; PRE021, no row; PRE024, a row of
            another length; PRE018, no CSV file; PRE019, two columns of one name.
    """
    text = _text_of(path)
    head = text.partition("\n")[0]
    delimiter = max(_DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                rows.append(tuple(cells))
                lines.append(reader.line_num)
    except csv.Error as error:
        raise BringupError("PRE018", path=path, line=reader.line_num, reason=error) from error
    if len(rows) < 2:
        raise BringupError("PRE021", path=path)
    names = tuple(name.strip() for name in rows[0])
    if twice := sorted({name for name in names if name and names.count(name) > 1}):
        raise BringupError("PRE019", path=path, columns=", ".join(twice))
    wrong = [line for row, line in zip(rows, lines, strict=True) if len(row) != len(names)]
    if wrong:
        raise BringupError("PRE024", path=path, lines=_listed(wrong), expected=len(names))
    return Table(path, names, tuple(rows[1:]), tuple(lines[1:]))


def _text_of(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise BringupError("FIL004", path=path) from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BringupError("PRE020", path=path, line=1, byte=data[:2].hex(" "))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start : error.start + 1].hex()
        raise BringupError("PRE020", path=path, line=line, byte=byte) from error


def _feature_names(table: Table, target: str | None, features: list[str] | None) -> list[str]:
    known = [name for name in table.names if name]
    if target is None:
        raise BringupError("PRE025", path=table.path, columns=", ".join(known))
    for name in [target, *(features or [])]:
        if name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.0)
            raise BringupError(
                "PRE022", path=table.path, name=name, nearest=nearest[0], columns=", ".join(known)
            )
    # A column without a name is the row number that some programs write.
    names = features if features is not None else [name for name in known if name != target]
    if not names or target in names:
        raise BringupError("PRE023", path=table.path, target=target)
    return list(dict.fromkeys(names))


def _drop_without_target(
    table: Table, target: str, task: str, note: Note
) -> tuple[Table, dict[str, Any]]:
    cells = table.column(target)
    if task == "regression":
        column = read_numbers(cells)
        odd = set(column.odd_rows)
        # What is there but is no number is a fault of its own, said later with its line.
        keep = [row in odd or not np.isnan(value) for row, value in enumerate(column.values)]
    else:
        keep = [not is_missing_label(cell) for cell in cells]
    lines = [line for line, kept in zip(table.lines, keep, strict=True) if not kept]
    if len(lines) == len(keep):
        raise BringupError("PRE028", path=table.path, target=target)
    record: dict[str, Any] = {"rows_read": len(keep), "left_out_columns": []}
    if "" in table.names:
        record["left_out_columns"] = [f"column {table.names.index('') + 1} (no name)"]
    record["rows_without_target"] = {"count": len(lines), "lines": lines[:_SHOWN]}
    if lines:
        note("PRE050", count=len(lines), target=target, lines=_listed(lines))
    return table.only(keep), record


def _refuse_text(path: Path, columns: dict[str, NumberColumn]) -> None:
    text = [name for name, column in columns.items() if column.is_text]
    if not text:
        return
    numeric = [name for name in columns if name not in text]
    features = "[" + ", ".join(f'"{name}"' for name in numeric) + "]"
    raise BringupError("PRE026", path=path, columns=", ".join(text), features=features)


def _odd_cells(table: Table, columns: dict[str, NumberColumn], note: Note) -> dict[str, Any]:
    cells = [
        {"line": table.lines[row], "column": name, "cell": table.cell(row, name)}
        for name, column in columns.items()
        for row in column.odd_rows[:_SHOWN]
    ]
    count = sum(len(column.odd_rows) for column in columns.values())
    if count:
        shown = "; ".join(
            f"line {cell['line']}, {cell['column']}: {cell['cell']!r}" for cell in cells[:5]
        )
        note("PRE051", count=count, cells=shown)
    return {"cells_not_numbers": {"count": count, "cells": cells[:_SHOWN]}}


def _numeric_target(table: Table, target: str) -> NumberColumn:
    column = read_numbers(table.column(target))
    if column.odd_rows:
        lines = _listed([table.lines[row] for row in column.odd_rows])
        cell = table.cell(column.odd_rows[0], target)
        raise BringupError("PRE029", path=table.path, target=target, lines=lines, cell=cell)
    return column


def _class_target(table: Table, target: str) -> tuple[Any, tuple[str, ...]]:
    labels, names = read_classes(table.column(target))
    if len(names) > max(_MANY_CLASSES, len(labels) // 2) or (
        len(names) > _MANY_CLASSES and are_measurements(names)
    ):
        raise BringupError(
            "PRE027", path=table.path, target=target, classes=len(names), rows=len(labels)
        )
    return labels, names


def _listed(lines: Sequence[int]) -> str:
    shown = ", ".join(str(line) for line in lines[:5])
    return shown if len(lines) <= 5 else f"{shown}, ... ({len(lines)})"
