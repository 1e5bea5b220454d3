"""evaluate: metrics with intervals and gates, confusion, classes, ROC, mistakes, scatter."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from bringup.report import formats
from bringup.report.charts.heatmap import MOST_CLASSES, heat_map
from bringup.report.charts.line import Series, roc_chart
from bringup.report.charts.scales import tick_text
from bringup.report.charts.scatter import scatter_chart
from bringup.report.charts.whisker import Reading, small_whisker, whisker_chart
from bringup.report.sections.common import class_name, gate_bound, picture_of
from bringup.report.texts import Text, say

Json = Mapping[str, Any]
_UNIT: Final = frozenset(
    ("accuracy", "precision_macro", "recall_macro", "f1_macro", "roc_auc", "r2", "pearson")
)
"""Metrics whose best value is 1: they share an axis. The others have one each."""
_NAMED_CURVES: Final = 3
_PAIRS: Final = 6
_CORNER: Final = 0.1


def view(evidence: Json, _document: Json) -> dict[str, Any]:
    """Return the charts and tables of an evaluation."""
    names = [str(name) for name in evidence.get("class_names") or ()]
    confusion = evidence.get("confusion") or []
    if not names:
        names = [str(index) for index in range(len(confusion))]
    return {
        "lead": _lead(evidence),
        "whiskers": _whiskers(evidence),
        "confusion": _confusion(confusion, names),
        "pairs": _pairs(confusion, names),
        "classes": _classes(evidence.get("per_class") or {}),
        "roc": _roc(evidence.get("roc") or {}),
        "mistakes": _mistakes(evidence.get("mistakes") or (), names),
        "scatter": _scatter(evidence.get("scatter") or {}),
    }


def _lead(evidence: Json) -> str:
    rows, resamples = evidence.get("rows"), evidence.get("bootstrap")
    if rows is None and evidence.get("confusion"):
        rows = sum(sum(row) for row in evidence["confusion"])
    if rows is None or not resamples:
        return say(Text.LEAD_EVALUATE_PLAIN)
    return say(
        Text.LEAD_EVALUATE,
        rows=formats.number_text(rows),
        confidence=formats.share_text(evidence.get("confidence", 0.95), digits=0),
        resamples=formats.number_text(resamples),
    )


def _whiskers(evidence: Json) -> list[Markup]:
    gates = evidence.get("gates") or {}
    readings = {
        name: reading
        for name, metric in (evidence.get("metrics") or {}).items()
        if (reading := _reading(name, metric, gates.get(name)))
    }
    shared = [reading for name, reading in readings.items() if name in _UNIT]
    own = [[reading] for name, reading in readings.items() if name not in _UNIT]
    label = say(Text.METRICS)
    tick = _percent if all(map(formats.is_share, readings)) else tick_text
    charts = [whisker_chart(shared, label=label, ceiling=1.0, tick=tick)] if shared else []
    return [*charts, *(whisker_chart(one, label=one[0].name) for one in own)]


def _percent(value: float) -> str:
    return f"{value * 100:.6g} %"


def _reading(name: str, metric: Any, gate: Json | None = None) -> Reading | None:
    value = formats.value_of(metric)
    if value is None:
        return None
    low, high = formats.bounds_of(metric) or (None, None)
    condition = formats.condition_text(name, gate["condition"]) if gate else ""
    return Reading(
        formats.metric_name(name),
        value,
        formats.metric_text(name, metric),
        low,
        high,
        gate_bound(gate),
        condition,
        holds=gate is None or bool(gate.get("holds")),
    )


def _confusion(matrix: Sequence[Sequence[int]], names: Sequence[str]) -> Markup | None:
    if not matrix or len(matrix) > MOST_CLASSES or len(matrix) != len(names):
        return None
    return heat_map(matrix, names, actual=say(Text.ACTUAL), predicted=say(Text.PREDICTED))


def _pairs(matrix: Sequence[Sequence[int]], names: Sequence[str]) -> list[tuple[str, int]]:
    """Return the most frequent mistakes: in words, and how many."""
    wrong = [
        (count, actual, predicted)
        for actual, counts in enumerate(matrix)
        for predicted, count in enumerate(counts)
        if actual != predicted and count
    ]
    return [
        (
            say(
                Text.CONFUSED_PAIR,
                actual=class_name(names, actual),
                predicted=class_name(names, predicted),
            ),
            count,
        )
        for count, actual, predicted in sorted(wrong, reverse=True)[:_PAIRS]
    ]


def _classes(per_class: Json) -> list[dict[str, Any]]:
    readings = {name: _reading("f1", row.get("f1")) for name, row in per_class.items()}
    known = [one for one in readings.values() if one is not None]
    low = min((one.value if one.low is None else one.low for one in known), default=0.0)
    return [
        {
            "name": name,
            "cells": [
                formats.metric_value_text(key, formats.value_of(row.get(key)))
                for key in ("precision", "recall", "f1")
            ],
            "whisker": _small(readings[name], low),
            "shown": "" if readings[name] is None else formats.metric_text("f1", row.get("f1")),
            "support": formats.number_text(row.get("support")),
        }
        for name, row in per_class.items()
    ]


def _small(reading: Reading | None, low: float) -> Markup | None:
    return None if reading is None else small_whisker(reading, min(low, 0.99), 1.0)


def _roc(curves: Json) -> dict[str, Any] | None:
    if not curves:
        return None
    points = {
        name: list(zip(curve["fpr"], curve["tpr"], strict=False)) for name, curve in curves.items()
    }
    worst = sorted(points, key=lambda name: _area(points[name]))[:_NAMED_CURVES]
    zoomed = all(_reaches_corner(curve) for curve in points.values())
    gray = [Series("", curve, "series-gray") for n, curve in points.items() if n not in worst]
    named = [
        Series(f"{name} · AUC {_area(points[name]):.4f}", points[name], f"series-{index}")
        for index, name in enumerate(worst, start=1)
    ]
    return {
        "chart": roc_chart(
            [*gray, *named],
            x_name=say(Text.FALSE_POSITIVES),
            y_name=say(Text.TRUE_POSITIVES),
            corner=_CORNER if zoomed else 1.0,
        ),
        "note": say(Text.ROC_ZOOMED) if zoomed and gray else "",
    }


def _area(points: Sequence[tuple[float, float]]) -> float:
    """Return the area under a curve, by trapezoids."""
    return sum((b[0] - a[0]) * (a[1] + b[1]) / 2 for a, b in itertools.pairwise(points))


def _reaches_corner(points: Sequence[tuple[float, float]]) -> bool:
    return any(false <= _CORNER / 2 and true >= 1 - _CORNER / 2 for false, true in points)


def _mistakes(mistakes: Any, names: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "picture": picture_of(row),
            "actual": class_name(names, row.get("actual")),
            "predicted": class_name(names, row.get("predicted")),
            "probability": formats.share_text(row.get("probability"), digits=0),
            "index": row.get("index"),
        }
        for row in mistakes
        if isinstance(row, Mapping)
    ]


def _scatter(scatter: Json) -> Markup | None:
    actual, predicted = scatter.get("actual"), scatter.get("predicted")
    if not actual or not predicted or len(actual) != len(predicted):
        return None
    return scatter_chart(actual, predicted, x_name=say(Text.ACTUAL), y_name=say(Text.PREDICTED))
