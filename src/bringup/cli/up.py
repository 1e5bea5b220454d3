"""``bringup up``: from the bare machine to the served model."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bringup.cli.options import (
    FactOption,
    JsonOption,
    MachineOption,
    ProjectArgument,
    QuietOption,
)
from bringup.cli.passes import Wish, run_pass


def up_command(
    project: ProjectArgument = Path(),
    until: Annotated[
        str | None, typer.Option(metavar="STAGE", help="Stop after this stage.")
    ] = None,
    again: Annotated[
        list[str] | None,
        typer.Option(metavar="STAGE", help="Run this stage even when nothing has changed."),
    ] = None,
    machine: MachineOption = None,
    fact: FactOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Bring the project up: run what has changed, prove each stage before the next.

    Killed or interrupted, the same command goes on where it stopped.
    """
    return run_pass(
        Wish(
            project,
            until=until,
            again=tuple(again or ()),
            machine_file=machine,
            facts=tuple(fact or ()),
            as_json=json,
            quiet=quiet,
        )
    )
