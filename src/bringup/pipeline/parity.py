"""Parity: the same held-out rows through each form of the model, held against the eager one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from bringup.base import parity
from bringup.base.errors import BringupError
from bringup.base.files import atomic_file, write_json

REFERENCE: Final = "eager"
ODD_BATCHES: Final = (1, 7)
"""Numbers of rows that an export with a fixed batch would refuse."""
BATCH_ROWS: Final = 500

Values: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Sample:
    """Held-out raw rows, what they are, and what the model in memory answered right after training.

    ``scale`` is what differences are divided by: see ``bringup.base.parity.compare``.
    """

    task: str
    inputs: NDArray[Any]
    targets: NDArray[Any]
    expected: Values
    scale: float

    @classmethod
    def take(
        cls, task: str, inputs: NDArray[Any], targets: NDArray[Any], expected: Values
    ) -> Sample:
        """Take the first rows of a split, as many as the reference answered.

        Raises:
            BringupError: EXP004, the reference does not belong to these rows.
        """
        rows = len(expected)
        if not 0 < rows <= len(inputs) or expected.ndim != 2:
            raise BringupError("EXP004", expected=len(inputs), found=list(expected.shape))
        kept = np.asarray(targets[:rows]).reshape(-1)
        spread = float(kept.astype(np.float64).std()) if task == "regression" else 1.0
        return cls(task, np.array(inputs[:rows]), kept, expected, spread or 1.0)

    def write(self, folder: Path) -> None:
        """Write the rows and ``parity.json``, for whoever asks the served model the same."""
        for name in ("inputs", "targets", "expected"):
            with atomic_file(folder / f"{name}.npy") as file:
                np.save(file, getattr(self, name))
        write_json(
            folder / "parity.json",
            {"schema_version": 1, "task": self.task, "scale": self.scale, "rows": len(self.inputs)},
        )

    def point(self, found: Values, labels: NDArray[Any] | None = None) -> dict[str, Any]:
        """Return the parity point of another form of the model.

        Raises:
            BringupError: EXP005, its answers have another shape.
        """
        if found.shape != self.expected.shape:
            raise BringupError(
                "EXP005", expected=list(self.expected.shape), found=list(found.shape)
            )
        return parity.compare(
            self.expected.tolist(),
            found.tolist(),
            self.targets.tolist(),
            task=self.task,
            scale=self.scale,
            labels=None if labels is None else labels.tolist(),
        )


def record(sample: Sample, points: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the parity record: the reference's own metric and each point."""
    own = sample.point(sample.expected)["metric"]
    return {
        "rows": len(sample.inputs),
        "reference": REFERENCE,
        "metric": "rmse" if sample.task == "regression" else "accuracy",
        "scale": sample.scale,
        "points": {REFERENCE: {"metric": own}, **points},
    }


def worst(points: Mapping[str, dict[str, Any]]) -> dict[str, float]:
    """Return the worst ``max_difference`` and, for a classification, ``equal_labels``.

    A difference that is no number is the worst of all (NaN, which no gate accepts).
    """
    differences = [point["max_difference"] for point in points.values()]
    known = [float("nan") if value is None else float(value) for value in differences]
    found = {"max_difference": float(np.max(known))}
    if all("equal_labels" in point for point in points.values()):
        found["equal_labels"] = min(float(point["equal_labels"]) for point in points.values())
    return found


class OnnxModel:
    """An exported model in ONNX Runtime, on the CPU."""

    def __init__(self, path: Path, *, threads: int = 0) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(path), options, providers=["CPUExecutionProvider"]
        )

    def predict(self, inputs: NDArray[Any]) -> tuple[Values, NDArray[Any] | None]:
        """Answer raw rows in batches: probabilities and labels, or predictions and None."""
        name = self._session.get_inputs()[0].name
        batches = [
            self._session.run(None, {name: inputs[start : start + BATCH_ROWS]})
            for start in range(0, len(inputs), BATCH_ROWS)
        ]
        outputs = [np.concatenate(parts) for parts in zip(*batches, strict=True)]
        return outputs[0], outputs[1] if len(outputs) > 1 else None

    def check_batches(self, inputs: NDArray[Any]) -> None:
        """Answer odd numbers of rows.

        Raises:
            BringupError: EXP006, one of them is refused or answered in another shape.
        """
        for rows in ODD_BATCHES:
            batch = np.resize(inputs, (rows, *inputs.shape[1:]))
            try:
                found, _ = self.predict(batch)
            except Exception as error:
                raise BringupError("EXP006", rows=rows, reason=error) from error
            if len(found) != rows:
                raise BringupError("EXP006", rows=rows, reason=f"{len(found)} answers")
