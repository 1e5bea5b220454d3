"""What every stage is given: the project, the machine, the folders, who watches."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter
from bringup.base.files import digest_file, read_json
from bringup.workflow.observer import Observer
from bringup.workflow.state import Output, StageState, read_state

if TYPE_CHECKING:
    from bringup.machine import Machine
    from bringup.project.model import LoadedProject, Project


@dataclass(frozen=True, slots=True)
class Context:
    """One pass: the values that all stages read."""

    project: LoadedProject
    machine: Machine
    observer: Observer
    targets: tuple[str, ...] = ()
    """What to lock for, from the command line; empty: as the project file or the lock says."""
    resolves: bool = False
    """Whether the user asked for a lock: one that came with the project is not simply taken."""
    keeps_lock: bool = False
    """Whether a lock that says what the project wants counts whatever the machine is: ``sync``."""

    @property
    def config(self) -> Project:
        """The sections of ``bringup.toml``."""
        return self.project.config

    @property
    def folder(self) -> Path:
        """The project's folder."""
        return self.project.folder

    @property
    def state_folder(self) -> Path:
        """The folder of what bringup knows of the project."""
        return self.project.state_folder

    @property
    def runs_script(self) -> bool:
        """Whether the user's own script trains."""
        return self.config.train.script is not None

    @property
    def export_gates(self) -> dict[str, str]:
        """The conditions on parity that bind this task."""
        gates = dict(self.config.export.gates)
        if self.config.train.task == "regression":
            # Equal labels are a matter of classes; the default gate does not bind a regression.
            gates.pop("equal_labels", None)
        return gates

    def state(self, stage: str) -> StageState:
        """Return the state of a stage that is done.

        Raises:
            BringupError: RUN003, it is not; the order of the stages should have seen to it.
        """
        state = read_state(self.state_folder, stage)
        if state is None or state.status != "done":
            raise BringupError("RUN003", stage=stage)
        return state

    def stage_folder(self, stage: str) -> Path:
        """Return the folder in which a done stage left its outputs."""
        return Path(self.state(stage).folder)

    def digests(self, stage: str, *, leave_out: set[str] | None = None) -> dict[str, str]:
        """Return the digests of a done stage's outputs, as parts of a later stage's key.

        ``leave_out`` names outputs that later stages do not read.
        """
        return {
            f"{stage}/{name}": output.sha256
            for name, output in self.state(stage).outputs.items()
            if name not in (leave_out or ())
        }

    def evidence(self, stage: str) -> dict[str, Any]:
        """Return the evidence of a done stage."""
        document: dict[str, Any] = read_json(self.state(stage).evidence_path)
        return document


@dataclass(frozen=True, slots=True)
class StageFolder:
    """Where a stage works, and how it is heard: each event goes to the file and to who watches."""

    path: Path
    writer: EventWriter
    observer: Observer

    def notify(self, code: str, params: dict[str, Any]) -> None:
        """Tell a text of the catalogue."""
        self.emit("note", code=code, params=params)

    def emit(self, kind: str, **fields: Any) -> None:
        """Tell an event of the control world's own part of the stage."""
        self.observer.event(self.writer.emit(kind, **fields))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a stage's work gave: paths of outputs, measures, and conditions to hold them against."""

    metrics: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Path] = field(default_factory=dict)
    gates: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)
    fault: BringupError | None = None
    """The work was done and showed that something is wrong."""


class Stage(Protocol):
    """A module of ``bringup.workflow.stages``: one stage."""

    NAME: str

    def applies(self, context: Context) -> bool:
        """Say whether the project has this stage."""

    def parts(self, context: Context) -> dict[str, Any]:
        """Return all that the stage depends on; may read the states of earlier stages."""

    def run(self, context: Context, folder: StageFolder) -> Outcome:
        """Do the work in ``folder``."""


def section_parts(
    section: str, values: Mapping[str, Any], *, leave_out: set[str]
) -> dict[str, Any]:
    """Return a table of ``bringup.toml`` as key parts, named as people write them."""
    return {f"[{section}].{name}": value for name, value in values.items() if name not in leave_out}


def file_parts(files: Iterable[Path], folder: Path) -> dict[str, str]:
    """Return the digests of files as key parts, named as people write them in ``folder``."""
    return {
        (file.relative_to(folder) if file.is_relative_to(folder) else file).as_posix(): (
            f"sha256:{digest_file(file)}"
        )
        for file in files
    }


__all__ = ["Context", "Outcome", "Output", "Stage", "StageFolder", "file_parts", "section_parts"]
