"""How good predictions are: point values by scikit-learn, intervals by the bootstrap.

A class without test rows has no precision, recall, F1 or ROC curve (NaN here, null in files) and
is left out of the macro averages; ``unknown`` names it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn import metrics as scores

from bringup.base.evidence import Metric
from bringup.pipeline import bootstrap
from bringup.pipeline.bootstrap import Floats, Ints

ROC_POINTS: Final = 100
ROC_CLASSES: Final = 20
"""Curves kept for the report: of so many classes, those with the most rows."""
SCATTER_POINTS: Final = 1000
MISTAKES: Final = 25


@dataclass(frozen=True, slots=True)
class Plan:
    """How the intervals are drawn."""

    resamples: int = 1000
    confidence: float = 0.95
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Quality:
    """Metrics by name, what the report shows beside them, and the names without a value."""

    metrics: Mapping[str, Metric]
    details: Mapping[str, Any]
    unknown: Sequence[str] = field(default_factory=tuple)


def classification(
    targets: Ints, probabilities: Floats, class_names: Sequence[str], plan: Plan
) -> Quality:
    """Judge class probabilities.

    Args:
        targets: actual classes, shape [rows].
        probabilities: shape [rows, classes].
        class_names: one name per class.
        plan: how the intervals are drawn.
    """
    classes = len(class_names)
    predicted = probabilities.argmax(axis=1)
    confusion = scores.confusion_matrix(targets, predicted, labels=np.arange(classes))
    generator = np.random.default_rng(plan.seed)
    accuracy = float(scores.accuracy_score(targets, predicted))
    points = _class_points(targets, predicted, classes)
    samples = bootstrap.confusion_samples(confusion, plan.resamples, generator)
    metrics = {"accuracy": _metric(accuracy, samples["accuracy"], plan)}
    for name, per_class in points.items():
        metrics[f"{name}_macro"] = _metric(_mean(per_class), _row_means(samples[name]), plan)
    area, roc_resamples = _roc_auc(targets, probabilities, plan, generator)
    metrics["roc_auc"] = area
    per_class_json = {
        class_name: {
            **{
                name: _metric(points[name][index], samples[name][:, index], plan).to_json()
                for name in points
            },
            "support": int(confusion[index].sum()),
        }
        for index, class_name in enumerate(class_names)
    }
    details = {
        "confusion": confusion.tolist(),
        "class_names": list(class_names),
        "per_class": per_class_json,
        "roc": roc_curves(targets, probabilities, class_names),
        "bootstrap": plan.resamples,
        "bootstrap_roc_auc": roc_resamples,
        "confidence": plan.confidence,
        "rows": len(targets),
    }
    empty = [name for name, row in per_class_json.items() if row["support"] == 0]
    return Quality(metrics, details, [*_without_value(metrics), *empty])


def regression(actual: Floats, predicted: Floats, plan: Plan) -> Quality:
    """Judge predicted numbers; both of shape [rows]."""
    rows = len(actual)
    with np.errstate(invalid="ignore", divide="ignore"):
        points = {
            "r2": float(scores.r2_score(actual, predicted)) if np.ptp(actual) > 0 else np.nan,
            "rmse": float(scores.root_mean_squared_error(actual, predicted)),
            "mae": float(scores.mean_absolute_error(actual, predicted)),
            "pearson": _pearson(actual, predicted),
        }
    generator = np.random.default_rng(plan.seed)
    samples = bootstrap.regression_samples(actual, predicted, plan.resamples, generator)
    metrics = {name: _metric(value, samples[name], plan) for name, value in points.items()}
    shown = np.unique(np.linspace(0, rows - 1, min(rows, SCATTER_POINTS)).astype(int))
    details = {
        "scatter": {"actual": actual[shown].tolist(), "predicted": predicted[shown].tolist()},
        "bootstrap": plan.resamples,
        "confidence": plan.confidence,
        "rows": rows,
    }
    return Quality(metrics, details, _without_value(metrics))


def roc_curves(
    targets: Ints, probabilities: Floats, class_names: Sequence[str]
) -> dict[str, dict[str, list[float]]]:
    """Return one-versus-rest ROC curves, at most ROC_POINTS points each, by class name."""
    support = np.bincount(targets, minlength=len(class_names))
    curves = {}
    for index in np.argsort(-support, kind="stable")[:ROC_CLASSES]:
        if not 0 < support[index] < len(targets):
            continue
        false, true, _ = scores.roc_curve(targets == index, probabilities[:, index])
        kept = np.unique(np.linspace(0, len(false) - 1, ROC_POINTS).astype(int))
        curves[class_names[index]] = {
            "fpr": [round(float(value), 6) for value in false[kept]],
            "tpr": [round(float(value), 6) for value in true[kept]],
        }
    return {name: curves[name] for name in class_names if name in curves}


def mistakes(
    targets: Ints, probabilities: Floats, inputs: NDArray[Any], *, with_pixels: bool
) -> list[dict[str, Any]]:
    """Return the wrong answers that were given with the most confidence, worst first."""
    predicted = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(predicted != targets)
    confident = wrong[np.argsort(-probabilities[wrong, predicted[wrong]], kind="stable")]
    rows = []
    for index in confident[:MISTAKES]:
        row = {
            "index": int(index),
            "actual": int(targets[index]),
            "predicted": int(predicted[index]),
            "probability": round(float(probabilities[index, predicted[index]]), 6),
        }
        rows.append({**row, "pixels": inputs[index].tolist()} if with_pixels else row)
    return rows


def _class_points(targets: Ints, predicted: Ints, classes: int) -> dict[str, Floats]:
    precision, recall, f1, support = scores.precision_recall_fscore_support(
        targets, predicted, labels=np.arange(classes), zero_division=0.0
    )
    found = {"precision": precision, "recall": recall, "f1": f1}
    return {name: np.where(support > 0, values, np.nan) for name, values in found.items()}


def _roc_auc(
    targets: Ints, probabilities: Floats, plan: Plan, generator: np.random.Generator
) -> tuple[Metric, int]:
    """Return the area (binary, or macro over one versus rest) and how many resamples it took."""
    classes = probabilities.shape[1]
    candidates = [1] if classes == 2 else range(classes)
    support = np.bincount(targets, minlength=classes)
    columns = [index for index in candidates if 0 < support[index] < len(targets)]
    if not columns:
        return Metric(float("nan")), 0
    positive = targets[:, None] == np.asarray(columns)[None, :]
    chosen = probabilities[:, columns]
    point = float(
        np.mean([
            scores.roc_auc_score(positive[:, column], chosen[:, column])
            for column in range(len(columns))
        ])
    )  # fmt: skip
    resamples = bootstrap.roc_resamples(len(targets), len(columns), plan.resamples)
    samples = bootstrap.roc_auc_samples(positive, chosen, resamples, generator)
    return _metric(point, _row_means(samples), plan), resamples


def _metric(value: float, samples: Floats, plan: Plan) -> Metric:
    bounds = bootstrap.interval(samples, plan.confidence)
    return Metric(float(value), bounds.low, bounds.high)


def _mean(values: Floats) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def _row_means(samples: Floats) -> Floats:
    known = np.isfinite(samples)
    count = known.sum(axis=1)
    total = np.where(known, samples, 0.0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        means: Floats = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return means


def _pearson(actual: Floats, predicted: Floats) -> float:
    if np.ptp(actual) == 0 or np.ptp(predicted) == 0:
        return float("nan")
    return float(np.corrcoef(actual, predicted)[0, 1])


def _without_value(metrics: Mapping[str, Metric]) -> list[str]:
    return [name for name, metric in metrics.items() if not np.isfinite(metric.value)]
