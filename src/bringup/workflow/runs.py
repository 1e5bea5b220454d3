"""Runs: one pass through the stages, a folder under ``runs/``."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.base.evidence import STAGES
from bringup.base.files import faults_of, read_json, write_json

SCHEMA_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Run:
    """One pass: its name and its folder."""

    id: str
    folder: Path

    def stage_folder(self, stage: str) -> Path:
        """Return the folder of a stage of this run."""
        return self.folder / stage

    def finish(self, status: str) -> None:
        """Record that the pass ended and which stages ran in it, interruptions before included."""
        document = _read(self.folder)
        stages = [name for name in STAGES if (self.folder / name / "evidence.json").exists()]
        ended = {"status": status, "finished_at": now(), "stages": stages}
        write_json(self.folder / "run.json", {**document, **ended})


def open_run(project_folder: Path) -> Run:
    """Return the newest run when it did not finish (it goes on), else a new one."""
    runs_folder = project_folder / "runs"
    unfinished = _unfinished(runs_folder)
    return unfinished if unfinished is not None else _create(runs_folder)


def latest_run_id(project_folder: Path) -> str | None:
    """Return the name of the newest run, None when there is none."""
    names = _run_ids(project_folder / "runs")
    return names[-1] if names else None


def now() -> str:
    """Return the time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _unfinished(runs_folder: Path) -> Run | None:
    names = _run_ids(runs_folder)
    if not names:
        return None
    folder = runs_folder / names[-1]
    return None if _read(folder).get("finished_at") else Run(names[-1], folder)


def _run_ids(runs_folder: Path) -> list[str]:
    return sorted(path.parent.name for path in runs_folder.glob("*/run.json"))


def _read(folder: Path) -> dict[str, Any]:
    try:
        document = read_json(folder / "run.json")
    except BringupError:
        return {}
    return document if isinstance(document, dict) else {}


def numbered_folder(parent: Path) -> Path:
    """Make a new folder in ``parent``, named after the time, and return it.

    Raises:
        BringupError: FIL001 to FIL003, it cannot be made.
    """
    base = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    number = 1
    with faults_of(parent):
        parent.mkdir(parents=True, exist_ok=True)
        while True:
            folder = parent / (base if number == 1 else f"{base}-{number:02d}")
            # Two commands may begin in the same second: whoever makes the folder has it.
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                return folder
            number += 1


def _create(runs_folder: Path) -> Run:
    folder = numbered_folder(runs_folder)
    name = folder.name
    document = {
        "schema_version": SCHEMA_VERSION,
        "id": name,
        "started_at": now(),
        "finished_at": None,
        "status": "running",
        "stages": [],
    }
    write_json(folder / "run.json", document)
    return Run(name, folder)
