"""Which row goes to which split: by the seed alone, each class in its share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from bringup.base.errors import BringupError


def split_rows(
    targets: NDArray[np.int64] | None, rows: int, *, test: float, validation: float, seed: int
) -> dict[str, NDArray[np.intp]]:
    """Return the row numbers of each split, ascending: train, validation, test.

    Args:
        targets: class numbers [N] of a classification, whose shares each split keeps; None
            for a regression.
        rows: N.
        test: share of all rows.
        validation: share of the rows that are left.
        seed: the same seed gives the same splits, on any machine.

    Raises:
        BringupError: PRE030, a split that must have rows would have none.
    """
    held_out = _count(rows, test)
    held_back = _count(rows - held_out, validation)
    if rows - held_out - held_back < 1 or (test > 0 and held_out < 1):
        raise BringupError("PRE030", rows=rows, test=test, validation=validation)
    # RandomState, not Generator: its stream is promised to stay the same in all numpy versions.
    order = np.random.RandomState(seed).permutation(rows)
    test_rows, rest = _hold_out(order, targets, held_out)
    validation_rows, train_rows = _hold_out(rest, targets, held_back)
    return {
        "train": np.sort(train_rows),
        "validation": np.sort(validation_rows),
        "test": np.sort(test_rows),
    }


def _count(rows: int, share: float) -> int:
    # A share that is asked for gets at least a row.
    return max(1, round(rows * share)) if share > 0 else 0


def _hold_out(
    order: NDArray[np.intp], targets: NDArray[np.int64] | None, count: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Divide rows in random order into ``count`` rows held out and the rest."""
    if targets is None or count == 0:
        return order[:count], order[count:]
    labels = targets[order]
    quota = _quota(np.bincount(labels), count)
    # Place of each row among the rows of its class, in the random order.
    by_class = np.argsort(labels, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(labels))[:-1]])
    rank = np.empty(len(labels), np.intp)
    rank[by_class] = np.arange(len(labels)) - starts[labels[by_class]]
    chosen = rank < quota[labels]
    return order[chosen], order[~chosen]


def _quota(counts: NDArray[np.intp], total: int) -> NDArray[np.intp]:
    """Share ``total`` among classes by their size: largest remainders get the last ones."""
    exact = counts * (total / counts.sum())
    quota = np.floor(exact).astype(np.intp)
    remainders = np.argsort(quota - exact, kind="stable")
    quota[remainders[: total - int(quota.sum())]] += 1
    return quota
