"""Missing values: filled with the training split's medians, or their rows dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from bringup.base.errors import BringupError
from bringup.pipeline.sources import RawData, Rows
from bringup.pipeline.sources.raw import Note


def drop_missing(rows: Rows, note: Note) -> tuple[Rows, dict[str, Any]]:
    """Return the rows without a missing value, and what was dropped.

    Raises:
        BringupError: PRE032, no row is left.
    """
    keep = ~np.isnan(rows.inputs).any(axis=1)
    dropped = int((~keep).sum())
    if not keep.any():
        raise BringupError("PRE032", rows=len(rows))
    if dropped:
        note("PRE052", count=dropped)
    return rows.take(keep), {"rows_with_missing_dropped": dropped}


def medians(train: Rows, data: RawData) -> NDArray[np.float32]:
    """Return the median of each column of the training split.

    Raises:
        BringupError: PRE033, a column without a single number there.
    """
    empty = np.isnan(train.inputs).all(axis=0)
    if empty.any():
        raise BringupError("PRE033", columns=", ".join(_names(data, empty)))
    return np.asarray(np.nanmedian(train.inputs, axis=0), np.float32)


def fill(rows: Rows, values: NDArray[np.float32]) -> Rows:
    """Return the rows with ``values`` (one per column) where a value is missing."""
    return Rows(np.where(np.isnan(rows.inputs), values, rows.inputs), rows.targets)


def missing_record(
    rows: Rows, values: NDArray[np.float32], data: RawData, note: Note
) -> dict[str, Any]:
    """Return what is filled: cells and median per column."""
    counts = np.isnan(rows.inputs).sum(axis=0)
    filled = {
        name: {"cells": int(counts[place]), "median": float(values[place])}
        for place, name in enumerate(data.feature_names or ())
        if counts[place]
    }
    if filled:
        note("PRE053", count=int(counts.sum()), columns=", ".join(filled))
    return {"filled": filled}


def constant_columns(train: Rows, data: RawData, note: Note) -> list[str]:
    """Return the names of the columns that have one value in the whole training split."""
    names = _names(data, np.ptp(train.inputs, axis=0) == 0)
    if names:
        note("PRE054", columns=", ".join(names))
    return names


def _names(data: RawData, chosen: NDArray[np.bool_]) -> list[str]:
    return [name for name, is_it in zip(data.feature_names or (), chosen, strict=True) if is_it]
