"""``bringup run -- COMMAND``: any command in the project's environment."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bringup.cli.options import FactOption, JsonOption, MachineOption, QuietOption
from bringup.cli.passes import Wish, open_context, open_project

if TYPE_CHECKING:
    from bringup.explain import Explanation


def run_command(
    command: Annotated[
        list[str] | None, typer.Argument(metavar="-- COMMAND...", help="The command to run.")
    ] = None,
    project: Annotated[
        Path, typer.Option("--project", metavar="FOLDER", help="The project's folder.")
    ] = Path(),
    machine: MachineOption = None,
    fact: FactOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Run any command in the project's environment; keep its output, record what it took.

    The exit code is the command's own.
    """
    from bringup.base.errors import ExitCode, UsageFault
    from bringup.report.progress import LiveProgress
    from bringup.workflow.command import run_in_project
    from bringup.workflow.up import bring_up

    if not command:
        raise UsageFault("CLI004")
    loaded = open_project(project)
    with LiveProgress(quiet=quiet) as progress:
        wish = Wish(project, machine_file=machine, facts=tuple(fact or ()))
        context = open_context(wish, loaded, progress)
        bring_up(context, until="sync")
    record = run_in_project(context, command, show=not json)
    answer = None
    if record["exit_code"] not in {0, ExitCode.INTERRUPTED}:
        from bringup.cli.explained import after_failure

        answer = after_failure(context.folder / record["log"], context.machine)
    _show(record, answer, as_json=json, quiet=quiet)
    return int(record["exit_code"])


def _show(
    record: dict[str, Any], answer: Explanation | None, *, as_json: bool, quiet: bool
) -> None:
    import json
    import sys

    from bringup.base.messages import text_of

    if as_json:
        if answer is not None:
            from bringup.cli.explained import document_of

            record = {**record, "explanation": document_of(answer)}
        sys.stdout.write(json.dumps(record, indent=2, ensure_ascii=False) + "\n")
    elif not quiet:
        sys.stderr.write(text_of("CLI010", **_figures(record)) + "\n")
    if answer is not None and not as_json:
        from bringup.cli.explained import tell_after_failure

        tell_after_failure(answer)


def _figures(record: dict[str, Any]) -> dict[str, str]:
    peak = record["peak_memory_bytes"]
    cpu_s = record["cpu_seconds"]
    return {
        "exit_code": str(record["exit_code"]),
        "seconds": f"{record['seconds']:.1f}",
        "cpu_s": "?" if cpu_s is None else f"{cpu_s:.1f}",
        "peak_mib": "?" if peak is None else f"{peak / 2**20:.0f}",
        "log": record["log"],
    }
