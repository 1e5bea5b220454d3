"""train: curves of loss and accuracy, a summary of the learning, how it ran."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from bringup.report import formats
from bringup.report.charts.line import Series, line_chart
from bringup.report.charts.scales import finite
from bringup.report.texts import Text, say

Json = Mapping[str, Any]
_SPLITS: Final = (
    ("train", Text.SPLIT_TRAIN, "series-1"),
    ("validation", Text.SPLIT_VALIDATION, "series-2"),
)
_MOST_CHARTS: Final = 6


def view(evidence: Json, document: Json) -> dict[str, Any]:
    """Return ``charts``, ``summary`` (sentences), ``facts`` and ``metrics``."""
    history = [row for row in evidence.get("history") or () if isinstance(row, Mapping)]
    return {
        "charts": _history_charts(history)[:_MOST_CHARTS],
        "last_lines": "\n".join(map(str, evidence.get("last_lines") or ())),
        "summary": [*_summary(history, evidence.get("metrics") or {}), *_resumed(evidence)],
        "facts": _facts(evidence, (document.get("project") or {}).get("train") or {}),
        "metrics": [
            (formats.metric_name(name), formats.metric_text(name, metric))
            for name, metric in (evidence.get("metrics") or {}).items()
        ],
    }


def _history_charts(history: Sequence[Json]) -> list[Markup]:
    """Return one chart per quantity; the quantity of an epoch stands under its split."""
    names = dict.fromkeys(
        name
        for row, (split, _, _) in itertools.product(history, _SPLITS)
        for name in row.get(split) or {}
    )
    ordered = sorted(names, key=lambda name: ("loss" not in name, "accuracy" not in name))
    return [_history_chart(history, name) for name in ordered if _is_number(history, name)]


def _is_number(history: Sequence[Json], name: str) -> bool:
    return any(_points(history, split, name) for split, _, _ in _SPLITS)


def _points(history: Sequence[Json], split: str, name: str) -> list[tuple[float, float]]:
    rows = [(row.get("epoch"), (row.get(split) or {}).get(name)) for row in history]
    return [(x, y) for x, y in rows if isinstance(x, (int, float)) and isinstance(y, (int, float))]


def _history_chart(history: Sequence[Json], name: str) -> Markup:
    series = [
        Series(say(text), points, class_)
        for split, text, class_ in _SPLITS
        if (points := _points(history, split, name))
    ]
    return line_chart(
        series,
        x_name=say(Text.EPOCH_AXIS),
        y_name=formats.metric_name(name),
        log_name=say(Text.LOG_SCALE),
    )


def _summary(history: Sequence[Json], metrics: Json) -> list[str]:
    sentences = []
    for name, better in (("accuracy", max), ("loss", min)):
        points = [(y, x) for x, y in _points(history, "validation", name)]
        if points and finite(y for y, _ in points):
            value, epoch = better((y, -x) if better is max else (y, x) for y, x in points)
            sentences.append(
                say(Text.LEARNING_BEST, metric=formats.metric_name(name), epoch=int(abs(epoch)),
                    value=formats.metric_value_text(name, value), epochs=len(history))
            )  # fmt: skip
            break
    sentences.extend(_gap(history))
    sentences.extend(_pace(history, metrics))
    return sentences


def _gap(history: Sequence[Json]) -> list[str]:
    train, validation = (_points(history, split, "accuracy") for split, _, _ in _SPLITS)
    if not train or not validation:
        return []
    points = (train[-1][1] - validation[-1][1]) * 100
    text = Text.LEARNING_GAP if points >= 0 else Text.LEARNING_GAP_BELOW
    return [say(text, points=f"{abs(points):.1f}")]


def _pace(history: Sequence[Json], metrics: Json) -> list[str]:
    seconds = finite(row.get("seconds") for row in history)
    rate = formats.value_of(metrics.get("samples_per_s"))
    if not seconds or rate is None:
        return []
    mean = formats.seconds_text(sum(seconds) / len(seconds))
    return [say(Text.LEARNING_PACE, seconds=mean, rate=f"{rate:,.0f}")]


def _resumed(evidence: Json) -> list[str]:
    resumed = evidence.get("resumed_from")
    if not isinstance(resumed, Mapping):
        return []
    return [say(Text.RESUMED, epoch=resumed.get("epoch", "?"), step=resumed.get("step", "?"))]


def _facts(evidence: Json, config: Json) -> list[tuple[str, str]]:
    deterministic = evidence.get("deterministic")
    rate = config.get("learning_rate")
    optimizer = None if evidence.get("command") else config.get("optimizer")
    rows: list[tuple[Text, Any]] = [
        (Text.COMMAND, _command(evidence)),
        (Text.MODEL, evidence.get("model")),
        (Text.PARAMETERS, _count(evidence.get("parameters"))),
        (Text.OPTIMIZER, f"{optimizer}, {rate}, {config.get('schedule')}" if optimizer else None),
        (Text.DEVICE, evidence.get("device")),
        (Text.THREADS, evidence.get("threads")),
        (Text.SEED, evidence.get("seed")),
        (Text.DETERMINISTIC, None if deterministic is None else _yes(deterministic)),
    ]
    return [(say(text), str(value)) for text, value in rows if value not in (None, "")]


def _command(evidence: Json) -> str:
    return " ".join(map(str, evidence.get("command") or ()))


def _count(value: Any) -> str | None:
    return formats.number_text(value) if isinstance(value, int) else None


def _yes(value: Any) -> str:
    return say(Text.YES if value else Text.NO)
