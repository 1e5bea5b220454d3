"""What the verbs that run stages share: open the project, walk, show, judge."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bringup.base.errors import BringupError, ExitCode

if TYPE_CHECKING:
    from bringup.project.model import LoadedProject
    from bringup.workflow.context import Context
    from bringup.workflow.observer import Observer


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user typed after a verb that runs stages."""

    folder: Path
    until: str | None = None
    again: tuple[str, ...] = ()
    machine_file: Path | None = None
    facts: tuple[str, ...] = ()
    as_json: bool = False
    quiet: bool = False


def run_pass(wish: Wish) -> int:
    """Run the stages that ``wish`` wants, show what they left, and return the exit code."""
    from bringup.report.progress import LiveProgress
    from bringup.workflow.up import bring_up

    project = open_project(wish.folder)
    with LiveProgress(quiet=wish.quiet) as progress:
        context = open_context(wish, project, progress)
        result = bring_up(context, until=wish.until, again=wish.again)
    show_document(project, as_json=wish.as_json, quiet=wish.quiet, only=tuple(result.evidence))
    if result.ok:
        return int(ExitCode.DONE)
    raise first_failure(result.evidence)


def open_project(folder: Path) -> LoadedProject:
    """Load the project in ``folder``."""
    from bringup.project import load_project

    return load_project(folder)


def open_context(wish: Wish, project: LoadedProject, observer: Observer) -> Context:
    """Probe the machine once and put the pass's values together."""
    from bringup.machine import machine_of
    from bringup.workflow.context import Context

    machine = machine_of(
        machine_file=wish.machine_file,
        facts=wish.facts,
        env=os.environ,
        folder=project.folder,
    )
    return Context(project, machine, observer)


def show_document(
    project: LoadedProject, *, as_json: bool, quiet: bool = False, only: Sequence[str] | None = None
) -> None:
    """Print the project's evidence: one JSON document, or the summary."""
    from bringup.workflow.document import project_document

    document = project_document(project, only=only)
    if as_json:
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    elif not quiet:
        from bringup.report.terminal import print_summary

        print_summary(document)


def first_failure(evidence: dict[str, dict[str, Any]]) -> BringupError:
    """Return the error that says which gate or check did not hold."""
    for stage, record in evidence.items():
        for metric, gate in record["gates"].items():
            if not gate["holds"]:
                shown = "-" if gate["value"] is None else f"{gate['value']:.6g}"
                return BringupError(
                    "RUN004", stage=stage, metric=metric, condition=gate["condition"], value=shown
                )
        for check in record.get("checks", ()):
            if not check["ok"]:
                return BringupError(
                    "RUN005", stage=stage, name=check["name"], detail=check["detail"]
                )
    raise AssertionError("a pass that is not done has a failed gate or check")
