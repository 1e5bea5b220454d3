"""Bootstrap confidence intervals (percentile), drawn for all resamples at once.

Resampling rows with replacement is drawing counts. What depends on a confusion matrix alone takes
one multinomial draw over its cells (100 numbers a resample for 10 classes, however many rows); what
depends on sums over rows takes a matrix product of row counts with the summed columns; the area
under a ROC curve takes row counts in the order of the scores.
See Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

ELEMENTS_AT_ONCE: Final = 4_000_000
"""Resamples are drawn in parts of about so many numbers, which bounds the memory."""
ROC_ELEMENTS: Final = 40_000_000
"""Rows x classes x resamples that the ROC curve's area may take: about 0.8 s on two cores."""
ROC_LEAST_RESAMPLES: Final = 100


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a confidence interval; None where no resample gave a number."""

    low: float | None
    high: float | None


NONE: Final = Interval(None, None)


def interval(samples: Floats, confidence: float) -> Interval:
    """Return the percentile interval of ``samples`` (shape [resamples]); NaN is left out."""
    known = samples[np.isfinite(samples)]
    if known.size == 0:
        return NONE
    tail = (1.0 - confidence) / 2.0
    low, high = np.quantile(known, [tail, 1.0 - tail])
    return Interval(float(low), float(high))


def confusion_samples(
    confusion: Ints, resamples: int, generator: np.random.Generator
) -> dict[str, Floats]:
    """Resample a confusion matrix (actual x predicted).

    Returns ``accuracy`` of shape [resamples], and ``precision``, ``recall`` and ``f1`` of shape
    [resamples, classes], NaN where a class has no row in the resample.
    """
    actual, predicted = np.nonzero(confusion)
    cells = confusion[actual, predicted]
    rows = int(cells.sum())
    classes = confusion.shape[0]
    parts = []
    for count in _parts(resamples, len(cells) + 3 * classes):
        counts = generator.multinomial(rows, cells / rows, size=count)
        hits = _by_class(counts * (actual == predicted), actual, classes)
        parts.append(
            (hits, _by_class(counts, actual, classes), _by_class(counts, predicted, classes))
        )
    true, support, claimed = (np.concatenate(part) for part in zip(*parts, strict=True))
    return {"accuracy": true.sum(axis=1) / rows, **class_scores(true, support, claimed)}


def class_scores(true: Floats, support: Floats, claimed: Floats) -> dict[str, Floats]:
    """Return precision, recall and F1 from counts of hits, actual rows and predicted rows.

    A class without rows has no score (NaN). One with rows that is never predicted has precision 0.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        precision = np.where(claimed > 0, true / claimed, 0.0)
        recall = true / support
        f1 = 2.0 * true / (support + claimed)
    unknown = support == 0
    return {
        "precision": np.where(unknown, np.nan, precision),
        "recall": np.where(unknown, np.nan, recall),
        "f1": np.where(unknown, np.nan, f1),
    }


def regression_samples(
    actual: Floats, predicted: Floats, resamples: int, generator: np.random.Generator
) -> dict[str, Floats]:
    """Resample rows of a regression; shapes [rows]. Returns r2, rmse, mae, pearson: [resamples]."""
    # Centred columns: sums of squares of large numbers would lose the digits that matter.
    centred, claimed = actual - actual.mean(), predicted - predicted.mean()
    error = predicted - actual
    columns = np.stack(
        [centred, claimed, centred**2, claimed**2, centred * claimed, error**2, np.abs(error)],
        axis=1,
    )
    sums = np.concatenate(
        [counts @ columns for counts in row_counts(len(actual), resamples, generator)]
    )
    return _regression_scores(sums / len(actual))


def _regression_scores(means: Floats) -> dict[str, Floats]:
    y, p, yy, pp, yp, squared, absolute = means.T
    spread_y, spread_p, shared = yy - y**2, pp - p**2, yp - y * p
    with np.errstate(invalid="ignore", divide="ignore"):
        r2 = np.where(spread_y > 0, 1.0 - squared / spread_y, np.nan)
        pearson = np.where(
            (spread_y > 0) & (spread_p > 0), shared / np.sqrt(spread_y * spread_p), np.nan
        )
    return {"r2": r2, "rmse": np.sqrt(squared), "mae": absolute, "pearson": pearson}


def roc_resamples(rows: int, classes: int, resamples: int) -> int:
    """Return how many of ``resamples`` the ROC curve's area takes: fewer when data are large."""
    affordable = ROC_ELEMENTS // max(1, rows * classes)
    return min(resamples, max(ROC_LEAST_RESAMPLES, affordable))


def roc_auc_samples(
    positive: NDArray[np.bool_], scores: Floats, resamples: int, generator: np.random.Generator
) -> Floats:
    """Resample the area under each class's ROC curve (one versus rest).

    ``positive`` and ``scores`` have shape [rows, curves]; the result [resamples, curves], NaN where
    a resample lacks positive or negative rows. Ties count half, as in the Mann-Whitney statistic.
    """
    curves = [_Curve(positive[:, column], scores[:, column]) for column in range(scores.shape[1])]
    areas = [
        np.stack([curve.area(counts) for curve in curves], axis=1)
        for counts in row_counts(len(scores), resamples, generator)
    ]
    return np.concatenate(areas)


class _Curve:
    """Rows in the order of one class's scores, with the borders of groups of equal scores."""

    def __init__(self, positive: NDArray[np.bool_], scores: Floats) -> None:
        order = np.argsort(scores, kind="stable")
        sorted_scores = scores[order]
        starts = np.flatnonzero(np.r_[True, sorted_scores[1:] != sorted_scores[:-1]])
        group = np.repeat(np.arange(len(starts)), np.diff(np.r_[starts, len(scores)]))
        positive = positive[order]
        self._positive, self._negative = order[positive], order[~positive]
        self._positive_group = group[positive]
        negative_group = group[~positive]
        # Of each positive row: how many negative rows score less, and how many no more.
        self._below = np.searchsorted(negative_group, self._positive_group, side="left")
        self._upto = np.searchsorted(negative_group, self._positive_group, side="right")

    def area(self, counts: Floats) -> Floats:
        """Return the area for each row of ``counts`` (shape [resamples, rows])."""
        weights = counts[:, self._positive]
        ranked = np.zeros((len(counts), len(self._negative) + 1), dtype=counts.dtype)
        np.cumsum(counts[:, self._negative], axis=1, out=ranked[:, 1:])
        won = (ranked[:, self._below] + ranked[:, self._upto]) * 0.5
        pairs = weights.sum(axis=1) * ranked[:, -1]
        with np.errstate(invalid="ignore", divide="ignore"):
            area: Floats = np.where(pairs > 0, (weights * won).sum(axis=1) / pairs, np.nan)
        return area


def row_counts(rows: int, resamples: int, generator: np.random.Generator) -> Iterator[Floats]:
    """Yield how often each row is in each resample, in parts of shape [some resamples, rows]."""
    for count in _parts(resamples, rows):
        drawn = generator.integers(0, rows, size=(count, rows))
        drawn += np.arange(count)[:, None] * rows
        counted = np.bincount(drawn.ravel(), minlength=count * rows)
        yield counted.reshape(count, rows).astype(np.float64)


def _parts(resamples: int, width: int) -> Iterator[int]:
    most = max(1, ELEMENTS_AT_ONCE // max(1, width))
    # No resamples are one empty part, so that every result has its shape.
    for start in range(0, max(1, resamples), most):
        yield min(most, resamples - start)


def _by_class(counts: Ints, classes_of_cells: Ints, classes: int) -> Floats:
    # [resamples, cells] x [cells, classes]: a product with 0 and 1 sums the cells of each class.
    member = np.zeros((len(classes_of_cells), classes))
    member[np.arange(len(classes_of_cells)), classes_of_cells] = 1.0
    summed: Floats = counts.astype(np.float64) @ member
    return summed
