"""``up``: go through the stages, run what is not current, stop at the first that fails."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError, ExitCode, UsageFault
from bringup.base.events import EventWriter
from bringup.base.evidence import STAGES, Evidence
from bringup.base.files import read_json, refusal_of, write_json
from bringup.base.gates import judge
from bringup.base.messages import text_of
from bringup.machine import redacted_value
from bringup.workflow.context import Context, Outcome, Stage, StageFolder
from bringup.workflow.hold import hold_project
from bringup.workflow.runs import Run, now, open_run
from bringup.workflow.stages import ALL_STAGES
from bringup.workflow.state import Output, StageState, read_state, why_run, write_state

_OF_THE_MACHINE: Final = frozenset(
    {"FIL001", "FIL002", "FIL003", "FIL006", "RUN010", "PRE003", "PRE004"}
)
"""Disk full, no permission, killed, memory: the same work can go on afterwards."""


@dataclass(frozen=True, slots=True)
class Pass:
    """How a pass ended: the evidence of each stage, and which of them ran."""

    evidence: dict[str, dict[str, Any]]
    ran: tuple[str, ...]
    run_id: str | None
    """None when no stage ran."""


def bring_up(context: Context, *, until: str | None = None, again: Sequence[str] = ()) -> Pass:
    """Bring the project up to the stage ``until`` (the last one when None).

    ``again`` names stages to run even when they are current.

    Raises:
        UsageFault: RUN002, ``until`` or one of ``again`` is no stage.
        BringupError: RUN001, another pass holds the project; RUN004, a gate does not hold; or what
            the stage that failed reported; its evidence has been written.
    """
    for name in (*again, *([] if until is None else [until])):
        if name not in STAGES:
            raise UsageFault("RUN002", stage=name, stages=", ".join(STAGES))
    wanted = STAGES if until is None else STAGES[: STAGES.index(until) + 1]
    with hold_project(context.state_folder):
        return _Walker(context, frozenset(again)).walk(wanted)


class _Walker:
    """One pass in progress."""

    def __init__(self, context: Context, again: frozenset[str]) -> None:
        self._context = context
        self._again = again
        self._run: Run | None = None
        self._evidence: dict[str, dict[str, Any]] = {}
        self._ran: list[str] = []

    def walk(self, names: Sequence[str]) -> Pass:
        try:
            for name in names:
                stage = ALL_STAGES[name]
                if stage.applies(self._context):
                    self._visit(stage)
        except BringupError as error:
            if not _work_stands(error):
                self._finish("failed")
            raise
        # A pass that was interrupted, that the machine stopped, or that ended by our own bug
        # leaves its run open: the next pass goes on in it.
        self._finish("done")
        run_id = None if self._run is None else self._run.id
        return Pass(self._evidence, tuple(self._ran), run_id)

    def _finish(self, status: str) -> None:
        if self._run is not None:
            self._run.finish(status)

    def _visit(self, stage: Stage) -> None:
        """Bring one stage to date."""
        context = self._context
        parts = stage.parts(context)
        state = read_state(context.state_folder, stage.NAME)
        because = why_run(state, parts) or _damage(stage, context)
        if stage.NAME in self._again and not because:
            because = [text_of("RUN108")]
        if because:
            self._execute(stage, parts, because, state)
        elif state is not None:
            self._evidence[stage.NAME] = read_json(state.evidence_path)
            context.observer.stage_current(stage.NAME)

    def _execute(
        self, stage: Stage, parts: dict[str, Any], because: list[str], old: StageState | None
    ) -> None:
        context = self._context
        if self._run is None:
            self._run = open_run(context.folder)
        begins_anew = stage.NAME in self._again
        folder = self._work_folder(stage, parts, None if begins_anew else old)
        state = StageState(stage.NAME, "running", parts, str(folder), self._run.id)
        write_state(context.state_folder, state)
        self._ran.append(stage.NAME)
        # That a stage is new is no news on a first pass, so only its evidence says it.
        context.observer.stage_started(stage.NAME, [] if old is None else because)
        started_at, start_s = now(), time.monotonic()
        try:
            outcome = self._work(stage, folder)
        except BringupError as error:
            outcome = Outcome(fault=error)
        except OSError as error:
            refusal = refusal_of(error, folder)
            if refusal is None:
                raise
            outcome = Outcome(fault=refusal)
        outputs = {name: Output.of(path) for name, path in outcome.outputs.items()}
        gates = judge(outcome.gates, _values(outcome))
        fault = outcome.fault or _broken_gate(stage.NAME, gates)
        evidence = Evidence(
            stage=stage.NAME,
            status="done" if fault is None else "failed",
            seconds=time.monotonic() - start_s,
            metrics=outcome.metrics,
            gates=gates,
            inputs=parts,
            outputs={name: output.sha256 for name, output in outputs.items()},
            because=tuple(because),
            started_at=started_at,
            error=None if fault is None else fault.to_json(),
            details=outcome.details,
        )
        self._keep(state, evidence, outputs)
        if fault is not None:
            raise fault

    def _work_folder(self, stage: Stage, parts: dict[str, Any], old: StageState | None) -> Path:
        """Return the folder to work in: the interrupted one when the stage only goes on."""
        if self._run is None:
            raise AssertionError("a stage runs inside a run")
        if old is not None and old.parts == parts and _goes_on(old):
            return Path(old.folder)
        folder = self._run.stage_folder(stage.NAME)
        # What an earlier attempt with another key left here must not be taken for ours.
        shutil.rmtree(folder, ignore_errors=True)
        return folder

    def _work(self, stage: Stage, path: Path) -> Outcome:
        path.mkdir(parents=True, exist_ok=True)
        writer = EventWriter(path / "events.jsonl", stage.NAME)
        try:
            folder = StageFolder(path, writer, self._context.observer)
            return stage.run(self._context, folder)
        finally:
            writer.close()

    def _keep(self, state: StageState, evidence: Evidence, outputs: dict[str, Output]) -> None:
        """Write the evidence, then the state that makes it count."""
        # It is shown and sent around; what a stage was told may hold addresses with credentials.
        document = redacted_value(evidence.to_json())
        write_json(state.evidence_path, document)
        ended = replace(
            state, status="done" if evidence.status == "done" else "failed", outputs=outputs
        )
        write_state(self._context.state_folder, ended)
        self._evidence[state.stage] = document
        self._context.observer.stage_finished(state.stage, document)


def _damage(stage: Stage, context: Context) -> list[str]:
    """Say in words what a current stage left and others have changed, where it can tell more."""
    look = getattr(stage, "damage", None)
    found: list[str] = [] if look is None else look(context)
    return found


def _goes_on(state: StageState) -> bool:
    """Say whether what a stage left can be gone on with: it was stopped, not wrong."""
    if not Path(state.folder).is_dir():
        return False
    if state.status == "running":
        return True
    try:
        error = read_json(state.evidence_path).get("error")
        return error is not None and _work_stands(BringupError.from_json(error))
    except (BringupError, AttributeError, KeyError, TypeError, ValueError):
        return False


def _work_stands(error: BringupError) -> bool:
    """Say whether only the machine stood in the way (disk, memory, network), not the work."""
    return error.exit_code == ExitCode.UNREACHABLE or error.code in _OF_THE_MACHINE


def _values(outcome: Outcome) -> dict[str, float | None]:
    return {name: metric.get("value") for name, metric in outcome.metrics.items()}


def _broken_gate(stage: str, gates: dict[str, Any]) -> BringupError | None:
    for metric, gate in gates.items():
        if not gate["holds"]:
            shown = "-" if gate["value"] is None else f"{gate['value']:.6g}"
            return BringupError(
                "RUN004",
                stage=stage,
                # The answers over HTTP are held against the same gates as the exported model.
                section="export" if stage == "serve" else stage,
                metric=metric,
                condition=gate["condition"],
                value=shown,
            )
    return None
