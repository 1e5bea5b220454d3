"""A first look at a CSV file: which column may be the target, and what kind it is."""

from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path
from typing import Final, Literal

_ROWS: Final = 2000
"""Rows that are looked at."""
_MOST_CLASSES: Final = 20


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


def _values(path: Path, column: str) -> set[str]:
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        rows = csv.reader(file)
        index = [name.strip() for name in next(rows, [])].index(column)
        values = {row[index].strip() for row in islice(rows, _ROWS) if index < len(row)}
    return values - {""}
