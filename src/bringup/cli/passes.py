"""What the verbs that run stages share: open the project, walk, show, judge."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from bringup.base.errors import BringupError, ExitCode

if TYPE_CHECKING:
    from bringup.machine.watch import Watch
    from bringup.project.model import LoadedProject
    from bringup.workflow.context import Context
    from bringup.workflow.observer import Observer


_STAMPED: Final = frozenset({"sync", "verify", "prepare", "train", "evaluate", "export", None})
"""Stages to stop after (None: the last) that come to sync on their way."""
_BEFORE_ANY_STAGE: Final = frozenset({"RUN001", "RUN002"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user typed after a verb that runs stages."""

    folder: Path
    until: str | None = None
    again: tuple[str, ...] = ()
    machine_file: Path | None = None
    facts: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    """What to lock for; empty: as the project says."""
    as_json: bool = False
    quiet: bool = False


def run_pass(wish: Wish) -> int:
    """Run the stages that ``wish`` wants, show what they left, and return the exit code."""
    from bringup.machine.watch import Watch
    from bringup.report.progress import LiveProgress
    from bringup.workflow.stamp import Reading, write_stamp
    from bringup.workflow.up import bring_up

    reading, watch = Reading(wish.folder), Watch()
    project = open_project(wish.folder)
    fault: BringupError | None = None
    with LiveProgress(quiet=wish.quiet) as progress:
        context = open_context(wish, project, progress, watch)
        try:
            bring_up(context, until=wish.until, again=wish.again)
        except BringupError as error:
            fault = error
    if fault is None:
        if wish.until in _STAMPED and not wish.machine_file and not wish.facts:
            write_stamp(context, watch, reading)
        show_document(project, as_json=wish.as_json, quiet=wish.quiet)
        return int(ExitCode.DONE)
    _report_failure(project, fault)
    raise fault


def _report_failure(project: LoadedProject, fault: BringupError) -> None:
    """Write the page of a pass that failed; nothing that goes wrong here may hide the fault."""
    from bringup.workflow.document import write_report

    with contextlib.suppress(Exception):
        if fault.code not in _BEFORE_ANY_STAGE:
            write_report(project)


def open_project(folder: Path) -> LoadedProject:
    """Load the project in ``folder``; every mistake in it is told at once."""
    from bringup.project import load_project

    return load_project(folder)


def open_context(
    wish: Wish, project: LoadedProject, observer: Observer, watch: Watch | None = None
) -> Context:
    """Probe the machine once and put the pass's values together."""
    from bringup.machine import machine_of
    from bringup.workflow.context import Context

    machine = machine_of(
        machine_file=wish.machine_file,
        facts=wish.facts,
        env=os.environ,
        folder=project.folder,
        watch=watch,
    )
    resolves = wish.until == "lock" or "lock" in wish.again
    return Context(
        project,
        machine,
        observer,
        targets=wish.targets,
        resolves=resolves,
        keeps_lock=wish.until == "sync",
    )


def show_document(project: LoadedProject, *, as_json: bool, quiet: bool = False) -> None:
    """Print the project's evidence: one JSON document, or the summary."""
    from bringup.workflow.document import project_document

    document = project_document(project)
    if as_json:
        sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
    elif not quiet:
        from rich.console import Console

        from bringup.report.terminal import summary

        page = project.folder / "report.html"
        shown = summary(
            document,
            report=_relative(page) if page.exists() else None,
            next_step=_next_step(document["stages"], project.folder),
        )
        Console().print(shown)


def _next_step(stages: dict[str, Any], folder: Path) -> str | None:
    """Return the next command with the project's folder, None where the evidence says more."""
    place = _relative(folder)
    where = "" if place == "." else f" {place}"
    if any(record["status"] == "failed" for record in stages.values()):
        return None
    if "report" not in stages:
        return f"bringup up{where}"
    return f"bringup serve{where}" if "serve" in stages else None


def _relative(path: Path) -> str:
    """Return ``path`` as people would type it from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
