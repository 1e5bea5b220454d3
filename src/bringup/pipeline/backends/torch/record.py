"""What a training run leaves: weights, description, history, and its own answers for parity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from bringup.base.evidence import Metric
from bringup.base.files import atomic_file, write_json
from bringup.pipeline.backends.torch.data import Prepared
from bringup.pipeline.backends.torch.models import (
    MODEL_FILE,
    WEIGHTS_FILE,
    parameter_count,
    save_trained,
)
from bringup.pipeline.backends.torch.preprocess import FullGraph
from bringup.pipeline.prepared import held_out

HISTORY_FILE: Final = "history.json"
PARITY_FILE: Final = "parity_eager.npy"
OUTPUTS: Final = {
    "weights": WEIGHTS_FILE,
    "model": MODEL_FILE,
    "history": HISTORY_FILE,
    "parity_eager": PARITY_FILE,
}
EAGER_ROWS: Final = 10_000
"""Held-out rows whose answers are kept: [export].parity_rows of them are compared, so that
another number there is no reason to train again."""
_ROWS_AT_ONCE: Final = 1000


def write_outputs(
    folder: Path,
    model: nn.Module,
    section: Mapping[str, Any],
    prepared: Prepared,
    history: Sequence[Mapping[str, Any]],
) -> None:
    """Write all that ``OUTPUTS`` names into ``folder``."""
    model.eval()
    description = {
        "model": section["model"],
        "hidden": list(section["hidden"]),
        "task": prepared.task,
        "input_shape": list(prepared.input_shape),
        "outputs": prepared.outputs,
        "parameters": parameter_count(model),
    }
    save_trained(folder, model, description)
    write_json(folder / HISTORY_FILE, list(history))
    with atomic_file(folder / PARITY_FILE) as file:
        np.save(file, answers(model, prepared, EAGER_ROWS))


def answers(model: nn.Module, prepared: Prepared, rows: int) -> NDArray[np.float32]:
    """Return what the model in memory answers to the first held-out rows, pre- and postprocessed.

    The test split, or the validation split where there is no test split: probabilities [R, C] of
    a classification, predictions [R, 1] of a regression.
    """
    raw = prepared.arrays(held_out(prepared.document))[0][:rows]
    device = next(model.parameters()).device
    graph = FullGraph(model, prepared.task, prepared.fitted).to(device).eval()
    parts = []
    with torch.no_grad():
        for start in range(0, len(raw), _ROWS_AT_ONCE):
            chunk = torch.from_numpy(np.array(raw[start : start + _ROWS_AT_ONCE]))
            answer = graph(chunk.to(device))
            parts.append(answer[0] if isinstance(answer, tuple) else answer)
    return torch.cat(parts).cpu().numpy()


def metrics_of(history: Sequence[Mapping[str, Any]]) -> dict[str, Metric]:
    """Return the last epoch's values and the speed over all epochs."""
    last = history[-1]
    metrics = {
        f"{split}_{name}": Metric(value)
        for split in ("train", "validation")
        for name, value in last[split].items()
    }
    speeds = sorted(row["samples_per_s"] for row in history)
    metrics["samples_per_s"] = Metric(speeds[len(speeds) // 2], unit="rows/s")
    seconds = sum(row["seconds"] for row in history)
    metrics["training_seconds"] = Metric(round(seconds, 3), unit="s")
    return metrics
