"""``bringup lock``: the builds that go together, for this machine or for others."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bringup.cli.options import (
    AgainOption,
    FactOption,
    JsonOption,
    MachineOption,
    ProjectArgument,
    QuietOption,
)
from bringup.cli.passes import Wish, run_pass


def lock_command(
    project: ProjectArgument = Path(),
    target: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BUILD[@PLATFORM]",
            help="Lock for this build, as cpu, cu130@linux-aarch64 or cpu@linux-x86_64-py3.12; "
            "auto is this machine. May be repeated.",
        ),
    ] = None,
    again: AgainOption = False,
    machine: MachineOption = None,
    fact: FactOption = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Choose the builds that go together and lock every file's hash, for one machine or several.

    The hardware of the targets need not be here.
    """
    targets = _names(target or ())
    return run_pass(
        Wish(
            project,
            until="lock",
            # Who names targets wants them locked now, with what the indexes hold now.
            again=("lock",) if again or targets else (),
            machine_file=machine,
            facts=tuple(fact or ()),
            targets=targets,
            as_json=json,
            quiet=quiet,
        )
    )


def _names(texts: list[str] | tuple[()]) -> tuple[str, ...]:
    if not texts:
        return ()
    from bringup.stack.targets import parse_targets

    return tuple(target.name for target in parse_targets(texts))
