"""Parity: the same rows through two forms of a model, compared in plain Python.

Stands in ``base`` because both worlds' packages take the same measure: the exported file inside
the training environment and the served model inside the serving environment.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

Rows = Sequence[Sequence[float]]


def compare(
    expected: Rows,
    found: Rows,
    targets: Sequence[float],
    *,
    task: str,
    scale: float = 1.0,
    labels: Sequence[int] | None = None,
) -> dict[str, Any]:
    """Return one parity point: ``max_difference``, ``equal_labels`` and ``metric``.

    Args:
        expected: the reference's probabilities [rows][classes] or predictions [rows][1].
        found: the same from the form that is judged.
        targets: actual class or number of each row.
        task: ``classification`` or ``regression``.
        scale: what a difference is divided by: 1 for probabilities; for regressions the standard
            deviation of the targets, so that a tolerance means the same for grams and tonnes.
        labels: the labels that the judged form itself gave; those of the highest probability when
            absent. A regression has none, and no ``equal_labels``.
    """
    if [len(row) for row in expected] != [len(row) for row in found]:
        raise AssertionError("parity needs answers of one shape")
    point: dict[str, Any] = {"max_difference": max_difference(expected, found, scale=scale)}
    if task == "regression":
        return {**point, "metric": rmse(found, targets)}
    given = top_labels(found) if labels is None else labels
    equal = sum(map(_same, top_labels(expected), given))
    return {
        **point,
        "equal_labels": equal / len(expected),
        "metric": sum(map(_same, targets, given)) / len(expected),
    }


def max_difference(expected: Rows, found: Rows, *, scale: float = 1.0) -> float | None:
    """Return the largest absolute difference over ``scale``; None when a number is not finite."""
    differences = [
        abs(one - other)
        for expected_row, found_row in zip(expected, found, strict=True)
        for one, other in zip(expected_row, found_row, strict=True)
    ]
    if not all(map(math.isfinite, differences)):
        return None
    return max(differences, default=0.0) / scale


def top_labels(rows: Rows) -> list[int]:
    """Return the index of each row's highest number, the first of equal ones."""
    return [max(range(len(row)), key=row.__getitem__) for row in rows]


def rmse(found: Rows, targets: Sequence[float]) -> float:
    """Return the root of the mean squared error of one prediction a row."""
    squares = [(row[0] - target) ** 2 for row, target in zip(found, targets, strict=True)]
    return math.sqrt(math.fsum(squares) / len(squares))


def _same(one: float, other: float) -> bool:
    return one == other
