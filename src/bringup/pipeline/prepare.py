"""prepare: raw files to clean splits, with everything that is fitted fitted on train alone."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter
from bringup.base.evidence import Metric
from bringup.base.files import write_json
from bringup.pipeline.arrays import save_array
from bringup.pipeline.cleaning import (
    constant_columns,
    drop_missing,
    fill,
    medians,
    missing_record,
)
from bringup.pipeline.preprocessing import FILE_NAME, Preprocessing, pixel_moments
from bringup.pipeline.request import Request, Result
from bringup.pipeline.sources import RawData, Rows, read_raw
from bringup.pipeline.splitting import split_rows

PREPARED_FILE: Final = "prepared.json"
SCHEMA_VERSION: Final = 1
_SAMPLES: Final = 20
_STEPS: Final = 5

Splits = dict[str, Rows]


def run(request: Request, events: EventWriter) -> Result:
    """Read, clean, split, fit and write.

    Raises:
        BringupError: PRE010 and on, what is wrong with the data; FIL001 and kin.
    """

    def step(done: int, name: str) -> None:
        events.emit("progress", done=done, total=_STEPS, unit="steps", name=name)

    step(0, "read")
    data = read_raw(request, events.note)
    step(1, "split")
    data, splits, record = _split(data, request, events)
    step(2, "fit")
    splits, preprocessing, filled = _fit(data, splits, request, events)
    cleaning = {**data.cleaning, **record, **filled}
    step(3, "write")
    _write(request, data, splits, preprocessing, cleaning)
    step(4, "summarise")
    result = _result(request, data, splits, preprocessing, cleaning)
    step(5, "done")
    return result


def _split(
    data: RawData, request: Request, events: EventWriter
) -> tuple[RawData, Splits, dict[str, Any]]:
    settings = request.section("prepare")
    rows, record = data.rows, dict[str, Any]()
    if settings.get("drop_missing", False) and not data.is_image:
        rows, record = drop_missing(rows, events.note)
    labels = rows.targets if data.class_names is not None else None
    if labels is not None and len(np.unique(labels)) < 2:
        raise BringupError("PRE031", target=data.target_name, rows=len(rows))
    share = float(settings.get("test", 0.2)) if data.test is None else 0.0
    index = split_rows(
        labels,
        len(rows),
        test=share,
        validation=float(settings.get("validation", 0.1)),
        seed=request.seed,
    )
    splits = {name: rows.take(numbers) for name, numbers in index.items()}
    if data.test is not None:
        splits["test"] = data.test
    if len(splits["test"]) == 0:
        raise BringupError("PRE034")
    return data, splits, record


def _fit(
    data: RawData, splits: Splits, request: Request, events: EventWriter
) -> tuple[Splits, Preprocessing, dict[str, Any]]:
    settings = request.section("prepare")
    record: dict[str, Any] = {}
    values = None
    if not data.is_image:
        if not settings.get("drop_missing", False):
            values = medians(splits["train"], data)
            record = missing_record(data.rows, values, data, events.note)
            splits = {name: fill(rows, values) for name, rows in splits.items()}
        record["constant_columns"] = constant_columns(splits["train"], data, events.note)
    train = splits["train"]
    preprocessing = Preprocessing.fit(
        train.inputs,
        None if data.class_names is not None else train.targets,
        standardise=bool(settings.get("standardise", True)),
        fill=None if values is None else [float(value) for value in values],
    )
    return splits, preprocessing, record


def _write(
    request: Request,
    data: RawData,
    splits: Splits,
    preprocessing: Preprocessing,
    cleaning: dict[str, Any],
) -> None:
    for name, rows in splits.items():
        save_array(request.folder / f"{name}_inputs.npy", rows.inputs)
        save_array(request.folder / f"{name}_targets.npy", rows.targets)
    preprocessing.write(request.folder)
    classes = data.class_names
    write_json(
        request.folder / PREPARED_FILE,
        {
            "schema_version": SCHEMA_VERSION,
            "task": "regression" if classes is None else "classification",
            "input_kind": preprocessing.input_kind,
            "input_shape": preprocessing.input_shape,
            "input_dtype": preprocessing.input_dtype,
            "classes": None if classes is None else len(classes),
            "class_names": classes,
            "feature_names": data.feature_names,
            "target_name": data.target_name,
            "splits": {
                name: {
                    "rows": len(rows),
                    "inputs": f"{name}_inputs.npy",
                    "targets": f"{name}_targets.npy",
                }
                for name, rows in splits.items()
            },
            "cleaning": cleaning,
        },
    )


def _result(
    request: Request,
    data: RawData,
    splits: Splits,
    preprocessing: Preprocessing,
    cleaning: dict[str, Any],
) -> Result:
    arrays = {f"{name}_{part}" for name in splits for part in ("inputs", "targets")}
    details: dict[str, Any] = {
        "dataset": _about(request),
        "rows": {name: len(rows) for name, rows in splits.items()},
        "class_counts": _class_counts(data, splits),
        "cleaning": cleaning,
        "standardised": bool(request.section("prepare").get("standardise", True)),
        "summary": _summary(data, splits["train"]),
        "samples": _samples(data, splits["train"]),
    }
    return Result(
        stage="prepare",
        metrics={f"{name}_rows": Metric(len(rows)) for name, rows in splits.items()},
        outputs={
            "prepared": PREPARED_FILE,
            "preprocessing": FILE_NAME,
            **{name: f"{name}.npy" for name in sorted(arrays)},
        },
        details=details,
    )


def _about(request: Request) -> dict[str, Any]:
    row = request.dataset
    if row is None:
        return {"name": request.section("data").get("path")}
    return {key: row[key] for key in ("name", "title", "licence", "citation", "homepage")}


def _class_counts(data: RawData, splits: Splits) -> dict[str, dict[str, int]] | None:
    if (names := data.class_names) is None:
        return None
    return {
        split: dict(
            zip(names, np.bincount(rows.targets, minlength=len(names)).tolist(), strict=True)
        )
        for split, rows in splits.items()
    }


def _summary(data: RawData, train: Rows) -> dict[str, dict[str, float]]:
    """Return what the columns (or all pixels, or the target) of the training split look like."""
    if data.is_image:
        mean, std = pixel_moments(train.inputs)
        low, high = int(train.inputs.min()), int(train.inputs.max())
        return {"pixels": {"mean": mean, "std": std, "min": low, "max": high}}
    columns = dict(zip(data.feature_names or (), train.inputs.T, strict=True))
    if data.class_names is None:
        columns[data.target_name] = train.targets[:, 0]
    return {
        name: {
            "mean": float(values.mean(dtype=np.float64)),
            "std": float(values.std(dtype=np.float64)),
            "min": float(values.min()),
            "median": float(np.median(values)),
            "max": float(values.max()),
        }
        for name, values in columns.items()
    }


def _samples(data: RawData, train: Rows) -> list[dict[str, Any]]:
    """Return some images to show, the classes in turn: label and pixels."""
    if not data.is_image or data.class_names is None:
        return []
    names = data.class_names
    each = -(-_SAMPLES // len(names))
    firsts = [np.flatnonzero(train.targets == label)[:each] for label in range(len(names))]
    turns = [numbers[turn] for turn in range(each) for numbers in firsts if turn < len(numbers)]
    return [
        {"label": names[int(train.targets[row])], "pixels": train.inputs[row].tolist()}
        for row in turns[:_SAMPLES]
    ]
