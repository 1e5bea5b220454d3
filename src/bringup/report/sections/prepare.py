"""prepare: rows per split, balance of the classes, samples, what was cleaned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from markupsafe import Markup

from bringup.report import formats
from bringup.report.charts.bars import Bar, bar_chart, share_bar
from bringup.report.headlines import dataset_name, split_rows
from bringup.report.sections.common import class_name, picture_of
from bringup.report.texts import Text, say

SPLITS: Final = {
    "train": Text.SPLIT_TRAIN,
    "validation": Text.SPLIT_VALIDATION,
    "test": Text.SPLIT_TEST,
}
_MOST_BARS: Final = 24
_MOST_SAMPLES: Final = 40


def view(evidence: Mapping[str, Any], _document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the splits, the balance chart, the samples and the cleaning."""
    names = list(evidence.get("class_names") or ())
    splits = _splits(evidence.get("splits") or {})
    return {
        "dataset": dataset_name(evidence),
        "licence": _licence(evidence),
        "inputs": _inputs(evidence),
        "target": evidence.get("target_name"),
        "features": list(evidence.get("feature_names") or ()),
        "splits": splits,
        "split_bar": share_bar(splits, label=say(Text.ROWS_PER_SPLIT)) if splits else None,
        "balance": _balance(_counts(evidence), names),
        "samples": _samples(evidence.get("samples") or (), names),
        "cleaning": [
            (str(key).replace("_", " "), _shown(value))
            for key, value in (evidence.get("cleaning") or {}).items()
            if value not in ({}, [], None, 0)
        ],
    }


def _splits(splits: Mapping[str, Any]) -> list[Bar]:
    rows = {name: split_rows(split) for name, split in splits.items()}
    return [
        Bar(say(SPLITS[name]) if name in SPLITS else name, count, formats.number_text(count),
            class_=f"fill-{index}")
        for index, (name, count) in enumerate(rows.items(), start=1)
        if count is not None
    ]  # fmt: skip


def _counts(evidence: Mapping[str, Any]) -> Mapping[str, int]:
    """Return class -> rows of the training split, as counted over classes or over splits."""
    counts = evidence.get("class_counts") or evidence.get("balance") or {}
    if isinstance(counts, Mapping) and isinstance(counts.get("train"), (Mapping, list)):
        counts = counts["train"]
    if isinstance(counts, list):
        counts = dict(enumerate(counts))
    return {key: value for key, value in counts.items() if isinstance(value, int)}


def _balance(counts: Mapping[Any, int], names: list[str]) -> Markup | None:
    if not counts:
        return None
    total = sum(counts.values()) or 1
    bars = [
        Bar(class_name(names, key), count, formats.number_text(count),
            tip=f"{class_name(names, key)}: {formats.share_text(count / total)}")
        for key, count in list(counts.items())[:_MOST_BARS]
    ]  # fmt: skip
    return bar_chart(bars, label=say(Text.CLASS_BALANCE))


def _samples(samples: Any, names: list[str]) -> list[dict[str, str]]:
    shown = []
    for sample in list(samples)[:_MOST_SAMPLES]:
        if picture := picture_of(sample):
            label = sample.get("label", sample.get("target")) if isinstance(sample, dict) else ""
            shown.append({"picture": picture, "label": class_name(names, label)})
    return shown


def _inputs(evidence: Mapping[str, Any]) -> str:
    shape = evidence.get("input_shape")
    if not shape:
        return ""
    return f"{' × '.join(map(str, shape))} {evidence.get('input_dtype', '')}".strip()


def _licence(evidence: Mapping[str, Any]) -> str:
    dataset = evidence.get("dataset")
    named = dataset.get("licence") if isinstance(dataset, Mapping) else None
    return str(named or evidence.get("licence") or "")


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return formats.number_text(value) if isinstance(value, (int, float)) else str(value)
