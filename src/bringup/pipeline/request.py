"""What a stage is asked (``request.json``) and what it answers (``result.json``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from bringup.base.errors import BringupError
from bringup.base.evidence import Metric
from bringup.base.files import read_json, write_json

SCHEMA_VERSION: Final = 1
RESULT_FILE: Final = "result.json"
ERROR_FILE: Final = "error.json"
EVENTS_FILE: Final = "events.jsonl"


@dataclass(frozen=True, slots=True)
class Request:
    """What the control world asks of one stage.

    ``folder`` is the stage's work folder: everything it writes goes there. ``config`` holds all
    sections of ``bringup.toml``, defaults filled in. ``inputs`` holds the work folder of each
    upstream stage by its name and, for prepare, ``raw``: file name -> path. ``dataset`` is the
    row of a named data set.
    """

    stage: str
    folder: Path
    project_folder: Path
    config: dict[str, Any]
    inputs: dict[str, Any]
    dataset: dict[str, Any] | None = None
    language: str = "en"

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read ``request.json``.

        Raises:
            BringupError: FIL004 or FIL005 (no such file, no JSON); PRE001, another version or a
                key is missing.
        """
        document = read_json(path)
        if not isinstance(document, dict) or document.get("schema_version") != SCHEMA_VERSION:
            raise BringupError(
                "PRE001", path=path, reason=f"schema_version is not {SCHEMA_VERSION}"
            )
        try:
            return cls(
                stage=document["stage"],
                folder=Path(document["folder"]),
                project_folder=Path(document["project_folder"]),
                config=document["config"],
                inputs=document["inputs"],
                dataset=document.get("dataset"),
                language=document.get("language", "en"),
            )
        except KeyError as error:
            raise BringupError("PRE001", path=path, reason=f"no key {error}") from error

    def section(self, name: str) -> dict[str, Any]:
        """Return one section of ``bringup.toml``, empty when it is absent."""
        return self.config.get(name) or {}

    @property
    def seed(self) -> int:
        """The seed of everything random."""
        return int(self.section("project").get("seed", 0))

    def upstream(self, stage: str) -> Path:
        """Return the work folder of a stage that ran before.

        Raises:
            BringupError: PRE002, that stage left no folder.
        """
        folder = self.inputs.get(stage)
        if folder is None or not Path(folder).is_dir():
            raise BringupError("PRE002", stage=stage, folder=folder or "-")
        return Path(folder)


@dataclass(frozen=True, slots=True)
class Result:
    """What a stage answers.

    ``outputs``: name -> path of a file or folder, relative to the work folder. ``details``:
    plain JSON for the evidence. Numbers that JSON does not know (NaN, infinity) become null.
    """

    stage: str
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``result.json``."""
        return {
            "schema_version": SCHEMA_VERSION,
            "stage": self.stage,
            "metrics": {name: _finite(metric.to_json()) for name, metric in self.metrics.items()},
            "outputs": dict(self.outputs),
            "details": _finite(dict(self.details)),
        }

    def write(self, folder: Path) -> None:
        """Write ``result.json`` atomically: the last thing that a stage does."""
        write_json(folder / RESULT_FILE, self.to_json())


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value
