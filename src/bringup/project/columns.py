"""A first look at a CSV file: which column may be the target, and what kind it is."""

from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path
from typing import Final, Literal

_ROWS: Final = 2000
"""Rows that are looked at."""
_MOST_CLASSES: Final = 20
# As `bringup.pipeline.sources.columns` reads cells; this world may not import that one.
_MISSING: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})


def guess_task(path: Path, target: str) -> Literal["classification", "regression"]:
    """Return the task that the values of column ``target`` suggest.

    Numbers with a fraction, or more than 20 different ones, are a quantity; all else are labels.
    """
    values = _values(path, target)
    try:
        numbers = {float(value) for value in values}
    except ValueError:
        return "classification"
    is_quantity = len(numbers) > _MOST_CLASSES or any(number % 1 for number in numbers)
    return "regression" if is_quantity else "classification"


def text_columns(path: Path, target: str) -> tuple[str, ...]:
    """Return the columns but ``target`` in which at least half of the cells are no numbers."""
    names, rows = _head(path)
    columns = {name: [row[at] for row in rows if at < len(row)] for at, name in enumerate(names)}
    return tuple(name for name, cells in columns.items() if name != target and _is_text(cells))


def _is_text(cells: list[str]) -> bool:
    told = [cell for cell in cells if cell.lower() not in _MISSING]
    odd = sum(not _is_number(cell) for cell in told)
    return odd > 0 and 2 * odd >= len(told)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _values(path: Path, column: str) -> set[str]:
    names, rows = _head(path)
    index = names.index(column)
    values = {row[index] for row in rows if index < len(row)}
    return {value for value in values if value.lower() not in _MISSING}


def _head(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns and the first rows, without blanks around the cells."""
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        reader = csv.reader(file)
        names = [name.strip() for name in next(reader, [])]
        rows = [[cell.strip() for cell in row] for row in islice(reader, _ROWS)]
    return names, rows
