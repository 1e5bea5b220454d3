"""Values in words: times, sizes, shares, metrics with their intervals. The same everywhere."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.base.gates import Condition
from bringup.base.messages import text_of
from bringup.report.texts import Text, say

DASH: Final = "–"
_SHARES: Final = ("accuracy", "precision", "recall", "f1", "roc_auc", "equal_labels")
_SIGNS: Final = {">=": "≥", "<=": "≤", "==": "="}
_MOST_DIGITS: Final = 6
_UNITS: Final = ("kB", "MB", "GB", "TB")
_BINARY_UNITS: Final = ("KiB", "MiB", "GiB", "TiB")
_NAMES: Final = {
    "accuracy": Text.M_ACCURACY,
    "precision_macro": Text.M_PRECISION,
    "recall_macro": Text.M_RECALL,
    "f1_macro": Text.M_F1,
    "precision": Text.M_P_PRECISION,
    "recall": Text.M_P_RECALL,
    "f1": Text.M_P_F1,
    "roc_auc": Text.M_ROC_AUC,
    "r2": Text.M_R2,
    "rmse": Text.M_RMSE,
    "mae": Text.M_MAE,
    "pearson": Text.M_PEARSON,
    "loss": Text.M_LOSS,
    "max_difference": Text.M_MAX_DIFFERENCE,
    "equal_labels": Text.M_EQUAL_LABELS,
    "model_bytes": Text.M_MODEL_BYTES,
    "parameters": Text.M_PARAMETERS,
    "samples_per_s": Text.M_SAMPLES_PER_S,
    "rows_per_s": Text.M_ROWS_PER_S,
    "latency_p50_ms": Text.M_P50_MS,
    "latency_p99_ms": Text.M_P99_MS,
    "seconds": Text.M_SECONDS,
    "training_seconds": Text.TRAINING_TIME,
    "cpu_seconds": Text.M_CPU_S,
    "peak_memory": Text.M_PEAK_MEMORY,
}


def seconds_text(seconds: float | None) -> str:
    """Return a duration: ``0.42 s``, ``41.2 s``, ``3 min 05 s``, ``2 h 10 min``."""
    if seconds is None or not math.isfinite(seconds):
        return DASH
    if seconds < 0.9995:
        return f"{seconds:.2f} s" if seconds >= 0.1 else f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def bytes_text(size: float | None) -> str:
    """Return a file's or a download's size in units of 1000: ``1.6 MB``."""
    return DASH if size is None else _scaled(size, 1000, _UNITS)


def memory_text(size: float | None) -> str:
    """Return a memory's size in units of 1024: ``23.5 GiB``."""
    return DASH if size is None else _scaled(size, 1024, _BINARY_UNITS)


def number_text(value: Any) -> str:
    """Return a number with four digits that count; whole numbers get thousands separators."""
    if value is None or not isinstance(value, (int, float)) or not math.isfinite(value):
        return DASH
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) < 1e-3:
        mantissa, exponent = f"{value:.1e}".split("e")
        return f"{mantissa.removesuffix('.0')}e{int(exponent)}"
    return f"{value:.4g}"


def share_text(value: float | None, *, digits: int = 2) -> str:
    """Return a share as a percentage: ``98.93 %``; only all is ``100 %``, only nothing ``0 %``."""
    if value is None or not math.isfinite(value):
        return DASH
    return f"{_percent(value, digits)} %"


def value_of(metric: Any) -> float | None:
    """Return the value of a metric, which is ``{"value", ...}`` or a plain number."""
    value = metric.get("value") if isinstance(metric, Mapping) else metric
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return value


def bounds_of(metric: Any) -> tuple[float, float] | None:
    """Return the confidence interval of a metric, None when it has none."""
    if not isinstance(metric, Mapping):
        return None
    low, high = value_of(metric.get("low")), value_of(metric.get("high"))
    return None if low is None or high is None else (low, high)


def is_share(name: str) -> bool:
    """Say whether a metric of this name is a share of rows, shown in percent."""
    return bare_name(name).startswith(_SHARES)


def bare_name(name: str) -> str:
    """Return a metric's name without the split that stands before it."""
    return name.removeprefix("train_").removeprefix("validation_").removeprefix("test_")


def metric_name(name: str) -> str:
    """Return what people call a metric; a name we do not know stays as it is."""
    if name in _NAMES:
        return say(_NAMES[name])
    bare = bare_name(name)
    if bare not in _NAMES:
        return name
    text = Text.M_VALIDATION if name.startswith("validation_") else Text.M_TRAIN
    return say(text, name=say(_NAMES[bare])) if name != f"test_{bare}" else say(_NAMES[bare])


def metric_value_text(name: str, value: float | None) -> str:
    """Return a metric's value in its unit, which its name says."""
    if value is None:
        return DASH
    if is_share(name):
        return share_text(value)
    write = next((write for end, write in _BY_SUFFIX.items() if name.endswith(end)), number_text)
    return write(value)


def _milliseconds(value: float) -> str:
    return f"{value:.2f} ms" if value < 10 else f"{value:.1f} ms"


def _rate(value: float) -> str:
    return f"{value:,.0f} /s" if value >= 10 else f"{value:.2g} /s"


_BY_SUFFIX: Final[dict[str, Callable[[float], str]]] = {
    "memory": memory_text,
    "_bytes": bytes_text,
    "_ms": _milliseconds,
    "_per_s": _rate,
    "_s": seconds_text,
    "seconds": seconds_text,
}
"""End of a metric's name -> how its value is written; the first that fits."""


def metric_text(name: str, metric: Any) -> str:
    """Return a metric with its interval: ``98.93 % [98.72, 99.12]``."""
    shown = metric_value_text(name, value_of(metric))
    bounds = bounds_of(metric)
    if bounds is None:
        return shown
    low, high = (_percent(b, 2) if is_share(name) else number_text(b) for b in bounds)
    return f"{shown} [{low}, {high}]"


def condition_text(name: str, condition: str) -> str:
    """Return a gate's condition with the signs that people read, in the metric's unit."""
    try:
        parsed = Condition.parse(condition)
    except BringupError:
        return condition
    bound = f"{parsed.bound * 100:.6g} %" if is_share(name) else number_text(parsed.bound)
    return f"{_SIGNS.get(parsed.symbol, parsed.symbol)} {bound}"


def _percent(value: float, digits: int) -> str:
    if value in {0, 1}:
        return f"{value * 100:.0f}"
    shown = f"{value * 100:.{digits}f}"
    # Nearly all must not look like all: 99.997 %, not 100.00 %.
    while float(shown) in {0.0, 100.0} and digits < _MOST_DIGITS:
        digits += 1
        shown = f"{value * 100:.{digits}f}"
    return shown


def _scaled(size: float, step: int, units: tuple[str, ...]) -> str:
    if size < step:
        return f"{size:.0f} B"
    for unit in units:
        size /= step
        if size < step or unit == units[-1]:
            break
    return f"{size:.0f} {unit}" if size >= 100 else f"{size:.3g} {unit}"


def check_status(check: Mapping[str, Any]) -> str:
    """Return ``ok``, ``failed`` or ``skipped``; checks of serving say only whether they passed."""
    return str(check.get("status") or ("ok" if check.get("ok") else "failed"))


def check_detail(check: Mapping[str, Any]) -> str:
    """Return what a check did and how close it came, in one line."""
    detail = check.get("detail")
    if isinstance(detail, Mapping):
        detail = ", ".join(f"{key} {value}" for key, value in detail.items())
    shown = str(detail or "")
    difference, tolerance = value_of(check.get("difference")), value_of(check.get("tolerance"))
    # A failure says in its detail how far it is off.
    if difference is None or tolerance is None or check_status(check) != "ok":
        return shown
    numbers = text_of("VER042", difference=f"{difference:.1e}", tolerance=f"{tolerance:.0e}")
    return f"{shown}: {numbers}" if shown else numbers
