"""Columns of text to numbers and classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

_MISSING: Final = frozenset({"", "na", "n/a", "nan", "null", "none", "?", "-"})
# "none" and "-" may well be names of classes.
_MISSING_LABEL: Final = frozenset({"", "na", "n/a", "nan", "null"})
_LARGEST: Final = float(np.finfo(np.float32).max)


@dataclass(frozen=True, slots=True)
class NumberColumn:
    """A column read as numbers: NaN where a cell is missing or is no number."""

    values: NDArray[np.float32]
    odd_rows: tuple[int, ...]
    """Rows whose cell holds something that is no finite number."""

    @property
    def is_text(self) -> bool:
        """Whether at least half of the cells that hold something are no numbers."""
        numbers = int(np.isfinite(self.values).sum())
        return bool(self.odd_rows) and len(self.odd_rows) >= numbers


def read_numbers(cells: Sequence[str]) -> NumberColumn:
    """Read a column as float32."""
    try:
        values = np.array(cells, dtype=np.float64)
        if np.all(np.abs(values) <= _LARGEST):
            return NumberColumn(values.astype(np.float32), ())
    except ValueError:
        pass
    odd: list[int] = []
    slow = np.full(len(cells), np.nan)
    for row, cell in enumerate(cells):
        text = cell.strip()
        if text.lower() in _MISSING:
            continue
        number = _number(text)
        if number is None:
            odd.append(row)
        else:
            slow[row] = number
    return NumberColumn(slow.astype(np.float32), tuple(odd))


def is_missing_label(cell: str) -> bool:
    """Say whether a cell of the target names no class."""
    return cell.strip().lower() in _MISSING_LABEL


def read_classes(cells: Sequence[str]) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Number the classes of a column: numbers by size, names by alphabet.

    Returns the class number of each row, and the names of the classes. ``1`` and ``1.0`` are
    one class.
    """
    texts = [cell.strip() for cell in cells]
    numbers = [_number(text) for text in texts]
    if all(number is not None for number in numbers):
        texts = [_plain(number) for number in numbers if number is not None]
        names = sorted(set(texts), key=float)
    else:
        names = sorted(set(texts))
    place = {name: number for number, name in enumerate(names)}
    return np.array([place[text] for text in texts], np.int64), tuple(names)


def are_measurements(names: Sequence[str]) -> bool:
    """Say whether the names of classes are numbers with a fraction: measured, not classes."""
    numbers = [_number(name) for name in names]
    return all(number is not None for number in numbers) and any(
        number != int(number) for number in numbers if number is not None
    )


def _plain(number: float) -> str:
    return str(int(number)) if number.is_integer() else str(number)


def _number(text: str) -> float | None:
    # float() also takes 1_000 and infinity; a data file means something else by them.
    if "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and abs(number) <= _LARGEST else None
