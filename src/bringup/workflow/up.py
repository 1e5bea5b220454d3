"""``up``: go through the stages, run what is not current, stop at the first that fails."""

from __future__ import annotations

import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter
from bringup.base.evidence import STAGES, Evidence
from bringup.base.files import read_json, write_json
from bringup.base.gates import judge
from bringup.workflow.context import Context, Outcome, Stage, StageFolder
from bringup.workflow.hold import hold_project
from bringup.workflow.runs import Run, now, open_run
from bringup.workflow.stages import ALL_STAGES
from bringup.workflow.state import Output, StageState, read_state, why_run, write_state


@dataclass(frozen=True, slots=True)
class Pass:
    """How a pass ended: the evidence of each stage, and which of them ran."""

    evidence: dict[str, dict[str, Any]]
    ran: tuple[str, ...]
    run_id: str | None

    @property
    def ok(self) -> bool:
        """Whether every stage that was wanted is done."""
        return all(record["status"] == "done" for record in self.evidence.values())


def bring_up(context: Context, *, until: str | None = None, again: Sequence[str] = ()) -> Pass:
    """Bring the project up to the stage ``until`` (the last one when None).

    ``again`` names stages to run even when they are current.

    Raises:
        BringupError: RUN002, ``until`` is no stage; RUN001, another pass holds the project; or
            what the failing stage reported, after its evidence has been written.
    """
    wanted = _wanted(until)
    with hold_project(context.state_folder):
        return _Walker(context, frozenset(again)).walk(wanted)


def _wanted(until: str | None) -> tuple[str, ...]:
    if until is None:
        return STAGES
    if until not in STAGES:
        raise BringupError("RUN002", stage=until, stages=", ".join(STAGES))
    return STAGES[: STAGES.index(until) + 1]


class _Walker:
    """One pass in progress."""

    def __init__(self, context: Context, again: frozenset[str]) -> None:
        self._context = context
        self._again = again
        self._run: Run | None = None
        self._evidence: dict[str, dict[str, Any]] = {}
        self._ran: list[str] = []

    def walk(self, names: Sequence[str]) -> Pass:
        status = "failed"
        try:
            for name in names:
                stage = ALL_STAGES[name]
                if stage.applies(self._context) and not self._visit(stage):
                    break
            else:
                status = "done"
        except KeyboardInterrupt:
            # The run stays open: the next pass goes on in it.
            self._run = None
            raise
        finally:
            if self._run is not None:
                self._run.finish(status, self._ran)
        run_id = None if self._run is None else self._run.id
        return Pass(self._evidence, tuple(self._ran), run_id)

    def _visit(self, stage: Stage) -> bool:
        """Bring one stage to date and say whether the pass may go on."""
        context = self._context
        parts = stage.parts(context)
        state = read_state(context.state_folder, stage.NAME)
        because = why_run(state, parts)
        if stage.NAME in self._again and not because:
            because = ["--again"]
        if not because and state is not None:
            self._evidence[stage.NAME] = read_json(state.evidence_path)
            context.observer.stage_current(stage.NAME)
            return True
        evidence = self._execute(stage, parts, because, state)
        return evidence.status == "done"

    def _execute(
        self, stage: Stage, parts: dict[str, Any], because: list[str], old: StageState | None
    ) -> Evidence:
        context = self._context
        if self._run is None:
            self._run = open_run(context.folder)
        state = StageState(
            stage.NAME, "running", parts, str(self._work_folder(stage, parts, old)), self._run.id
        )
        write_state(context.state_folder, state)
        self._ran.append(stage.NAME)
        context.observer.stage_started(stage.NAME, because)
        started_at, start_s = now(), time.monotonic()
        fault: BringupError | None = None
        outcome = Outcome(ok=False)
        try:
            outcome = self._work(stage, Path(state.folder))
        except BringupError as error:
            fault = error
        outputs = {name: Output.of(path) for name, path in outcome.outputs.items()}
        evidence = _evidence_of(stage.NAME, outcome, outputs, fault, parts)
        evidence = replace(
            evidence,
            seconds=time.monotonic() - start_s,
            because=tuple(because),
            started_at=started_at,
        )
        self._keep(state, evidence, outputs)
        if fault is not None:
            raise fault
        return evidence

    def _work_folder(self, stage: Stage, parts: dict[str, Any], old: StageState | None) -> Path:
        """Return the folder to work in: the interrupted one when the stage only goes on."""
        if self._run is None:
            raise AssertionError("a stage runs inside a run")
        goes_on = old is not None and old.status == "running" and old.parts == parts
        if old is not None and goes_on and Path(old.folder).is_dir():
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
        document = evidence.to_json()
        write_json(state.evidence_path, document)
        status = "done" if evidence.status == "done" else "failed"
        write_state(self._context.state_folder, replace(state, status=status, outputs=outputs))
        self._evidence[state.stage] = document
        self._context.observer.stage_finished(state.stage, document)


def _evidence_of(
    stage: str,
    outcome: Outcome,
    outputs: dict[str, Output],
    fault: BringupError | None,
    parts: dict[str, Any],
) -> Evidence:
    values = {name: metric.get("value") for name, metric in outcome.metrics.items()}
    gates = judge(outcome.gates, values)
    holds = outcome.ok and all(gate["holds"] for gate in gates.values())
    return Evidence(
        stage=stage,
        status="done" if fault is None and holds else "failed",
        seconds=0.0,
        metrics=outcome.metrics,
        gates=gates,
        inputs=parts,
        outputs={name: output.sha256 for name, output in outputs.items()},
        error=None if fault is None else fault.to_json(),
        details=outcome.details,
    )
