"""prepare: rows per split, balance of the classes, samples, what was cleaned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from bringup.report import formats
from bringup.report.charts.bars import Bar, bar_chart, share_bar
from bringup.report.headlines import dataset_name
from bringup.report.sections.common import picture_of
from bringup.report.texts import Text, say

SPLITS: Final = {
    "train": Text.SPLIT_TRAIN,
    "validation": Text.SPLIT_VALIDATION,
    "test": Text.SPLIT_TEST,
}
COLUMNS: Final = {
    "mean": Text.MEAN,
    "std": Text.STD,
    "min": Text.MIN,
    "median": Text.MEDIAN,
    "max": Text.MAX,
}
_MOST_BARS: Final = 24
_MOST_SAMPLES: Final = 40


def view(evidence: Mapping[str, Any], _document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the splits, the balance chart, the samples, the columns and the cleaning."""
    dataset = evidence.get("dataset") or {}
    splits = _splits(evidence.get("rows") or {})
    summary = dict(evidence.get("summary") or {})
    pixels = summary.pop("pixels", None)
    return {
        "dataset": dataset.get("title") or dataset_name(evidence),
        "licence": dataset.get("licence") or "",
        "citation": dataset.get("citation") or "",
        "pixels": f"{pixels['mean']:.1f}, {pixels['std']:.1f}" if pixels else "",
        "columns": [
            (name, [formats.number_text(row.get(key)) for key in COLUMNS])
            for name, row in summary.items()
        ],
        "column_names": [say(text) for text in COLUMNS.values()],
        "splits": splits,
        "split_bar": share_bar(splits, label=say(Text.ROWS_PER_SPLIT)) if splits else None,
        "balance": _balance((evidence.get("class_counts") or {}).get("train") or {}),
        "samples": _samples(evidence.get("samples") or ()),
        "cleaning": [
            (str(key).replace("_", " "), _shown(value))
            for key, value in (evidence.get("cleaning") or {}).items()
            if value not in ({}, [], None, 0)
        ],
    }


def _splits(rows: Mapping[str, int]) -> list[Bar]:
    return [
        Bar(say(SPLITS[name]) if name in SPLITS else name, count, formats.number_text(count),
            class_=f"fill-{index}")
        for index, (name, count) in enumerate(rows.items(), start=1)
    ]  # fmt: skip


def _balance(counts: Mapping[str, int]) -> Markup | None:
    if not counts:
        return None
    total = sum(counts.values()) or 1
    bars = [
        Bar(name, count, formats.number_text(count),
            tip=f"{name}: {formats.share_text(count / total)}")
        for name, count in list(counts.items())[:_MOST_BARS]
    ]  # fmt: skip
    return bar_chart(bars, label=say(Text.CLASS_BALANCE))


def _samples(samples: Any) -> list[dict[str, str]]:
    pictures = [(picture_of(sample), sample) for sample in list(samples)[:_MOST_SAMPLES]]
    return [
        {"picture": picture, "label": str(sample.get("label", ""))}
        for picture, sample in pictures
        if picture
    ]


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return formats.number_text(value) if isinstance(value, (int, float)) else str(value)
