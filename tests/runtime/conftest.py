"""Small models, really trained on real data that scikit-learn ships, as the stages leave them."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import datasets
from torch import nn

from bringup.base.events import EventWriter
from bringup.pipeline import evaluate, export
from bringup.pipeline.backends.torch.models import build_model, save_trained
from bringup.pipeline.backends.torch.preprocess import FullGraph
from bringup.pipeline.preprocessing import Preprocessing
from bringup.pipeline.request import Request, Result

PARITY_ROWS = 200


@dataclass(frozen=True)
class Trained:
    """Work folders of prepare and train below ``root``, and the project's settings."""

    root: Path
    config: dict[str, Any]

    def request(self, stage: str, **sections: dict[str, Any]) -> Request:
        config = {**self.config, **sections}
        folder = self.root / stage
        folder.mkdir(exist_ok=True)
        inputs = {name: str(self.root / name) for name in ("prepare", "train")}
        return Request(stage, folder, self.root, config, inputs)

    def request_file(self, stage: str) -> Path:
        request = self.request(stage)
        document = {
            "schema_version": 1,
            "stage": stage,
            "folder": str(request.folder),
            "project_folder": str(self.root),
            "config": request.config,
            "inputs": request.inputs,
            "dataset": None,
            "language": "en",
        }
        path = request.folder / "request.json"
        path.write_text(json.dumps(document))
        return path

    def run(self, stage: str, **sections: dict[str, Any]) -> Result:
        request = self.request(stage, **sections)
        events = EventWriter(request.folder / "events.jsonl", stage)
        try:
            result = {"evaluate": evaluate, "export": export}[stage].run(request, events)
        finally:
            events.close()
        result.write(request.folder)
        return result


def train(
    root: Path,
    inputs: np.ndarray,
    targets: np.ndarray,
    *,
    model: str,
    task: str,
    class_names: list[str] | None = None,
    feature_names: list[str] | None = None,
    fill: list[float] | None = None,
    steps: int = 150,
) -> Trained:
    """Leave what prepare and train leave, after some full-batch steps of Adam."""
    torch.manual_seed(0)
    prepare, folder = root / "prepare", root / "train"
    prepare.mkdir(parents=True, exist_ok=True)
    folder.mkdir(exist_ok=True)
    half = len(inputs) // 2
    splits = {}
    for name, rows in {"train": slice(None, half), "test": slice(half, None)}.items():
        np.save(prepare / f"{name}_inputs.npy", inputs[rows])
        np.save(prepare / f"{name}_targets.npy", targets[rows])
        splits[name] = {
            "rows": len(inputs[rows]),
            "inputs": f"{name}_inputs.npy",
            "targets": f"{name}_targets.npy",
        }
    fitted = Preprocessing.fit(
        inputs[:half], targets[:half] if task == "regression" else None, fill=fill
    )
    fitted.write(prepare)
    outputs = len(class_names) if class_names else 1
    shape = tuple(inputs.shape[1:])
    prepared = {
        "schema_version": 1,
        "task": task,
        "input_kind": fitted.input_kind,
        "input_shape": list(shape),
        "input_dtype": str(inputs.dtype),
        "classes": len(class_names) if class_names else None,
        "class_names": class_names,
        "feature_names": feature_names,
        "target_name": "target",
        "splits": splits,
        "cleaning": {},
    }
    (prepare / "prepared.json").write_text(json.dumps(prepared))
    network = build_model(
        model, input_shape=shape, outputs=outputs, hidden=[16], project_folder=root
    )
    graph = FullGraph(network, task, fitted)
    _fit(graph, inputs[:half], targets[:half], task, steps)
    description = {
        "model": model,
        "hidden": [16],
        "task": task,
        "input_shape": list(shape),
        "outputs": outputs,
        "parameters": 0,
    }
    save_trained(folder, network, description)
    with torch.inference_mode():
        answer = graph.eval()(torch.from_numpy(inputs[half : half + PARITY_ROWS]))
    np.save(
        folder / "parity_eager.npy", (answer[0] if isinstance(answer, tuple) else answer).numpy()
    )
    config = {
        "project": {"name": "tiny", "version": "3", "seed": 5},
        "evaluate": {"bootstrap": 200, "confidence": 0.95},
        "export": {"parity_rows": PARITY_ROWS, "opset": None},
        "serve": {"max_batch_rows": 64},
    }
    return Trained(root, config)


def _fit(graph: FullGraph, inputs: np.ndarray, targets: np.ndarray, task: str, steps: int) -> None:
    rows, wanted = torch.from_numpy(inputs), torch.from_numpy(targets)
    loss = nn.MSELoss() if task == "regression" else nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(graph.parameters(), lr=0.01)
    for _ in range(steps):
        optimizer.zero_grad()
        outputs = graph.model(graph.preprocess(rows))
        loss(outputs, graph.postprocess.standardise(wanted)).backward()
        optimizer.step()


def digits() -> tuple[np.ndarray, np.ndarray]:
    """1797 scanned digits of 8 x 8 pixels."""
    found = datasets.load_digits()
    return (found.images * 15).astype(np.uint8), found.target.astype(np.int64)


@pytest.fixture(scope="session")
def make_digits() -> Callable[..., Trained]:
    def make(root: Path, *, model: str = "cnn", steps: int = 60) -> Trained:
        names = [str(number) for number in range(10)]
        return train(
            root, *digits(), model=model, task="classification", class_names=names, steps=steps
        )

    return make


@pytest.fixture(scope="session")
def make_table() -> Callable[..., Trained]:
    def make(root: Path, *, fill: bool = False, steps: int = 150) -> Trained:
        found = datasets.load_diabetes(scaled=False)
        inputs = found.data.astype(np.float32)
        medians = [float(value) for value in np.median(inputs, axis=0)] if fill else None
        return train(
            root,
            inputs,
            found.target.astype(np.float32)[:, None],
            model="mlp",
            task="regression",
            feature_names=list(found.feature_names),
            fill=medians,
            steps=steps,
        )

    return make


@pytest.fixture(scope="session")
def exported_digits(
    tmp_path_factory: pytest.TempPathFactory, make_digits: Callable[..., Trained]
) -> Trained:
    """A trained and exported classifier of images. Tests must not write into it."""
    trained = make_digits(tmp_path_factory.mktemp("digits"))
    trained.run("export")
    return trained


@pytest.fixture(scope="session")
def exported_table(
    tmp_path_factory: pytest.TempPathFactory, make_table: Callable[..., Trained]
) -> Trained:
    """A trained and exported regression on a table with missing values. Not to be written into."""
    trained = make_table(tmp_path_factory.mktemp("table"), fill=True)
    trained.run("export")
    return trained
