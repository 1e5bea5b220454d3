"""Gates: conditions that can be read, on metrics that will be measured."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

from bringup.base.errors import BringupError
from bringup.base.gates import Condition
from bringup.project.checks.train import task_of
from bringup.project.document import Document
from bringup.project.faults import ProjectError, Text, did_you_mean, listed

METRICS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "evaluate": {
        "classification": ("accuracy", "precision_macro", "recall_macro", "f1_macro", "roc_auc"),
        "regression": ("r2", "rmse", "mae", "pearson"),
    },
    "export": {
        "classification": ("max_difference", "equal_labels"),
        "regression": ("max_difference",),
    },
}
"""Stage -> task -> the metrics that it measures and that can have a gate."""


LOWER_IS_BETTER: Final = frozenset({"rmse", "mae", "max_difference"})

_NUMBER: Final = re.compile(r"\s*=?\s*(\d*\.?\d+)\s*")


def check(document: Document, stage: Literal["evaluate", "export"]) -> Iterator[ProjectError]:
    """Yield what is wrong with the gates of one stage."""
    gates = document.get(stage, "gates")
    for name in gates if isinstance(gates, dict) else ():
        yield from _check_condition(document, stage, name)
        yield from _check_metric(document, stage, name)


def _check_condition(document: Document, stage: str, name: str) -> Iterator[ProjectError]:
    path = (stage, "gates", name)
    condition = document.text(*path)
    if condition is None:
        return
    try:
        Condition.parse(condition)
    except BringupError as error:
        number = _NUMBER.fullmatch(condition)
        advice = Text("PRJ103", line=meant(name, number[1])) if number else None
        yield document.fault(error.code, path, advice=advice, **error.params)


def meant(name: str, number: str) -> str:
    """Return the gate that a bare ``number`` most likely means, as a line of the file."""
    symbol = "<=" if name in LOWER_IS_BETTER else ">="
    return f'{name} = "{symbol} {number}"'


def _check_metric(document: Document, stage: str, name: str) -> Iterator[ProjectError]:
    metrics, task, path = METRICS[stage], task_of(document), (stage, "gates", name)
    everywhere = [metric for group in metrics.values() for metric in group]
    # Where the task is wrong itself, a metric of any task will do.
    known = everywhere if task is None else metrics[task]
    if name in known:
        return
    params: dict[str, Any] = {"name": name, "known": listed(known)}
    if name in everywhere:
        yield document.fault("PRJ042", path, on="key", task=task, **params)
    else:
        yield document.fault("PRJ041", path, on="key", advice=did_you_mean(name, known), **params)
