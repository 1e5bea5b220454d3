"""export: the chain of forms that the model takes, each compared with the eager one."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from bringup.report import formats
from bringup.report.charts.bars import Bar, bar_chart
from bringup.report.sections.common import digests, gate_bound, gate_rows
from bringup.report.texts import Text, say

Json = Mapping[str, Any]
_POINTS: Final = {
    "eager": Text.POINT_EAGER,
    "reloaded": Text.POINT_RELOADED,
    "exported": Text.POINT_EXPORTED,
    "http": Text.POINT_HTTP,
}
_SMALLEST: Final = 1e-9
"""Differences are drawn on a logarithmic scale that starts here."""


def view(evidence: Json, _document: Json) -> dict[str, Any]:
    """Return ``points`` (the chain), ``sizes`` and ``digests``."""
    parity = evidence.get("parity") or {}
    rows = parity.get("rows")
    gate = (evidence.get("gates") or {}).get("max_difference")
    return {
        "lead": "" if rows is None else say(Text.LEAD_EXPORT, rows=formats.number_text(rows)),
        "points": _points(parity, gate_bound(gate)),
        "gates": gate_rows(evidence),
        "sizes": _sizes(evidence),
        "onnx": _onnx(evidence.get("onnx") or {}),
        "digests": digests(evidence.get("outputs") or {}),
    }


def _points(parity: Json, tolerance: float | None) -> list[dict[str, Any]]:
    metric = str(parity.get("metric") or "")
    reference = parity.get("reference", "eager")
    points = parity.get("points") or {}
    ordered = [
        *(name for name in _POINTS if name in points),
        *(n for n in points if n not in _POINTS),
    ]
    return [
        {
            "name": say(_POINTS[name]) if name in _POINTS else name,
            "metric_name": formats.metric_name(metric),
            "metric": formats.metric_value_text(metric, formats.value_of(point.get("metric"))),
            "is_reference": name == reference,
            **_difference(point, tolerance),
        }
        for name in ordered
        if isinstance(point := points[name], Mapping)
    ]


def _difference(point: Json, tolerance: float | None) -> dict[str, Any]:
    difference = formats.value_of(point.get("max_difference"))
    equal = formats.value_of(point.get("equal_labels"))
    return {
        "difference": formats.number_text(difference),
        "equal": None if equal is None else formats.share_text(equal),
        "holds": difference is None or tolerance is None or difference <= tolerance,
        "share": _log_share(difference, tolerance),
    }


def _log_share(difference: float | None, tolerance: float | None) -> float | None:
    """Return how far a difference went towards the tolerance, in powers of ten, 0..1."""
    if difference is None or tolerance is None or tolerance <= _SMALLEST:
        return None
    if difference <= _SMALLEST:
        return 0.0
    span = math.log10(tolerance / _SMALLEST)
    return min(1.0, math.log10(difference / _SMALLEST) / span)


def _sizes(evidence: Json) -> Any:
    sizes = evidence.get("files") or {}
    bars = [
        Bar(str(name), size, formats.bytes_text(size))
        for name, size in sizes.items()
        if isinstance(size, (int, float))
    ]
    return bar_chart(bars, label=say(Text.SIZES)) if bars else None


def _onnx(onnx: Json) -> list[tuple[str, str]]:
    operators = (onnx.get("operators") or {}).items()
    rows = [
        ("ONNX opset", str(onnx.get("opset") or "")),
        (
            say(Text.OPERATORS),
            ", ".join(f"{name} × {n}" if n > 1 else name for name, n in operators),
        ),
    ]
    return [(name, value) for name, value in rows if value]
