"""Evaluate: the trained model, reloaded from its files, on the test split."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter
from bringup.base.files import atomic_file, read_json
from bringup.pipeline import metrics
from bringup.pipeline.metrics import Plan, Quality
from bringup.pipeline.prepared import read_split, rows_of
from bringup.pipeline.preprocessing import Preprocessing
from bringup.pipeline.request import Request, Result

PREDICTIONS = "predictions.npy"


def run(request: Request, events: EventWriter) -> Result:
    """Predict the test split and judge the predictions.

    Raises:
        BringupError: EVL001, the model's answers are not numbers; EVL002, no test rows; and the
            faults of loading a trained model.
    """
    prepare = request.upstream("prepare")
    prepared = read_json(prepare / "prepared.json")
    if rows_of(prepared, "test") == 0:
        raise BringupError("EVL002")
    inputs, targets = read_split(prepare, prepared, "test")
    started = time.perf_counter()
    predicted = _predict(request, prepared, inputs, events)
    seconds = time.perf_counter() - started
    if bad := int((~np.isfinite(predicted)).any(axis=1).sum()):
        raise BringupError("EVL001", bad=bad, rows=len(predicted))
    with atomic_file(request.folder / PREDICTIONS) as file:
        np.save(file, predicted)
    quality = _judge(request, prepared, inputs, targets, predicted)
    if quality.unknown:
        events.note("EVL010", names=", ".join(quality.unknown))
    return Result(
        stage="evaluate",
        metrics=quality.metrics,
        outputs={"predictions": PREDICTIONS},
        details={**quality.details, "without_value": list(quality.unknown), "predict_s": seconds},
    )


def _predict(
    request: Request, prepared: dict[str, Any], inputs: NDArray[Any], events: EventWriter
) -> NDArray[np.float32]:
    # Imported here: the framework takes seconds, and the faults above need none of it.
    from bringup.pipeline.backends.torch import export as backend

    graph = backend.load_graph(
        request.upstream("train"),
        request.project_folder,
        prepared["task"],
        Preprocessing.read(request.upstream("prepare")),
        threads=request.section("train").get("threads"),
    )
    return backend.predict(
        graph,
        inputs,
        progress=lambda done: events.emit("progress", done=done, total=len(inputs), unit="rows"),
    )


def _judge(
    request: Request,
    prepared: dict[str, Any],
    inputs: NDArray[Any],
    targets: NDArray[Any],
    predicted: NDArray[np.float32],
) -> Quality:
    section = request.section("evaluate")
    plan = Plan(section.get("bootstrap", 1000), section.get("confidence", 0.95), request.seed)
    wide = predicted.astype(np.float64)
    if prepared["task"] == "regression":
        return metrics.regression(targets.reshape(-1).astype(np.float64), wide.reshape(-1), plan)
    actual = np.asarray(targets, dtype=np.int64).reshape(-1)
    quality = metrics.classification(actual, wide, prepared["class_names"], plan)
    mistakes = metrics.mistakes(actual, wide, inputs, with_pixels=prepared["input_kind"] == "image")
    return Quality(quality.metrics, {**quality.details, "mistakes": mistakes}, quality.unknown)
