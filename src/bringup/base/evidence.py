"""Evidence: the record that a stage leaves. What went in, what came out, what was measured.

The same shape stands in ``evidence.json`` of each stage and in ``bringup report --json``:
``stages.NAME.{status, seconds, metrics, gates, inputs, outputs}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, Self

SCHEMA_VERSION: Final = 1
STAGES: Final = (
    "probe",
    "lock",
    "sync",
    "verify",
    "prepare",
    "train",
    "evaluate",
    "export",
    "serve",
    "report",
)
"""All stages, in the order in which they run."""

Status = Literal["done", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A measured value with, where known, its confidence interval."""

    value: float
    low: float | None = None
    high: float | None = None
    unit: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Return ``{"value", "low", "high", "unit"}`` without what is unknown."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What one stage leaves.

    ``metrics``: name -> metric as JSON. ``gates``: name -> ``{"condition", "value", "holds"}``.
    ``inputs`` and ``outputs``: name -> ``"sha256:<hex>"`` or another plain value that identifies
    it. ``details``: whatever else the stage wants shown (checks, confusion matrix, parity, ...),
    merged into the stage's object at the top level.
    """

    stage: str
    status: Status
    seconds: float
    metrics: Mapping[str, Any] = field(default_factory=dict)
    gates: Mapping[str, Any] = field(default_factory=dict)
    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    because: tuple[str, ...] = ()
    started_at: str | None = None
    error: Mapping[str, Any] | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the stage's object as it stands in the report."""
        document = {
            "stage": self.stage,
            "status": self.status,
            "seconds": round(self.seconds, 3),
            "started_at": self.started_at,
            "because": list(self.because),
            "metrics": dict(self.metrics),
            "gates": dict(self.gates),
            "inputs": dict(self.inputs),
            "outputs": dict(self.outputs),
        }
        if self.error is not None:
            document["error"] = dict(self.error)
        return {**document, **self.details}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote; unknown keys go back to ``details``."""
        names = {
            "stage", "status", "seconds", "metrics", "gates", "inputs", "outputs",
            "started_at", "error",
        }  # fmt: skip
        known = {name: document[name] for name in names if name in document}
        details = {
            name: value for name, value in document.items() if name not in {*names, "because"}
        }
        return cls(**known, because=tuple(document.get("because", ())), details=details)
