"""Prepared digits and a prepared table, and requests to train on them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import datasets

from bringup.base.events import EventWriter, read_events
from bringup.pipeline.backends.torch import training
from bringup.pipeline.preprocessing import Preprocessing
from bringup.pipeline.request import Request, Result

DEFAULTS: dict[str, Any] = {
    "model": "mlp",
    "hidden": [16],
    "task": "classification",
    "loss": None,
    "epochs": 3,
    "batch_size": 32,
    "optimizer": "sgd",
    "learning_rate": 0.05,
    "momentum": 0.9,
    "weight_decay": 0.0,
    "schedule": "constant",
    "checkpoint_every_s": 10.0,
    "threads": 1,
    "device": "cpu",
    "deterministic": True,
    "script": None,
    "args": [],
    "outputs": [],
}


@dataclass(frozen=True)
class Work:
    """A project folder with a prepared split; requests for its train stage."""

    root: Path

    def request(self, folder: str = "train", *, seed: int = 7, **section: Any) -> Request:
        path = self.root / folder
        path.mkdir(exist_ok=True)
        return Request(
            stage="train",
            folder=path,
            project_folder=self.root,
            config={
                "project": {"name": "tiny", "seed": seed},
                "train": {**DEFAULTS, **section},
            },
            inputs={"prepare": str(self.root / "prepare")},
        )

    def run(self, request: Request) -> Result:
        return train_here(request)

    def with_prepared(self, **changes: Any) -> Work:
        path = self.root / "prepare" / "prepared.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))
        return replace(self)


def train_here(request: Request) -> Result:
    events = EventWriter(request.folder / "events.jsonl", "train")
    try:
        return training.train(request, events)
    finally:
        events.close()


@pytest.fixture
def notes() -> Callable[[Request], list[str]]:
    """The codes of the notes that a stage left."""

    def read(request: Request) -> list[str]:
        found = read_events(request.folder / "events.jsonl")
        return [event["code"] for event in found if event["kind"] == "note"]

    return read


@pytest.fixture
def digits_work(tmp_path: Path) -> Work:
    """1797 scanned digits of 8 x 8 pixels."""
    found = datasets.load_digits()
    inputs, targets = (found.images * 15).astype(np.uint8), found.target.astype(np.int64)
    bounds = {"train": (0, 1003), "validation": (1003, 1300), "test": (1300, 1797)}
    description = {"task": "classification", "input_kind": "image", "classes": 10}
    return _leave(tmp_path, inputs, targets, bounds, description)


@pytest.fixture
def table_work(tmp_path: Path) -> Work:
    """442 patients, ten features, a number to predict; some values missing."""
    found = datasets.load_diabetes(scaled=False)
    inputs = found.data.astype(np.float32)
    inputs[::17, 2] = np.nan
    targets = found.target.astype(np.float32)[:, None]
    bounds = {"train": (0, 300), "validation": (300, 340), "test": (340, 442)}
    description = {"task": "regression", "input_kind": "table", "classes": None}
    return _leave(tmp_path, inputs, targets, bounds, description)


def _leave(
    root: Path,
    inputs: np.ndarray,
    targets: np.ndarray,
    bounds: dict[str, tuple[int, int]],
    description: dict[str, Any],
) -> Work:
    folder = root / "prepare"
    folder.mkdir()
    splits = {}
    for name, (start, end) in bounds.items():
        files = {"inputs": f"{name}_inputs.npy", "targets": f"{name}_targets.npy"}
        np.save(folder / files["inputs"], inputs[start:end])
        np.save(folder / files["targets"], targets[start:end])
        splits[name] = {"rows": end - start, **files}
    start, end = bounds["train"]
    medians = None
    fitting = inputs[start:end]
    if description["input_kind"] == "table":
        medians = np.nanmedian(fitting, axis=0).tolist()
        fitting = np.where(np.isnan(fitting), np.float32(medians), fitting)
    regression = description["task"] == "regression"
    fitted = Preprocessing.fit(fitting, targets[start:end] if regression else None, fill=medians)
    fitted.write(folder)
    document = {
        "schema_version": 1,
        **description,
        "input_shape": list(inputs.shape[1:]),
        "input_dtype": str(inputs.dtype),
        "class_names": None if regression else [str(number) for number in range(10)],
        "feature_names": None,
        "target_name": "target",
        "splits": splits,
        "cleaning": {},
    }
    (folder / "prepared.json").write_text(json.dumps(document))
    return Work(root)
