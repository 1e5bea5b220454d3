"""Options that several verbs share, defined once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ProjectArgument = Annotated[
    Path,
    typer.Argument(metavar="PROJECT", help="The project's folder.", show_default="this folder"),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document to standard output.")
]
MachineOption = Annotated[
    Path | None,
    typer.Option(
        "--machine", metavar="FILE", help="Use a saved machine (bringup probe --json > FILE)."
    ),
]
FactOption = Annotated[
    list[str] | None,
    typer.Option("--fact", metavar="KEY=VALUE", help="Override one fact. May be repeated."),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")]
AgainOption = Annotated[
    bool, typer.Option("--again", help="Run the stage even when nothing has changed.")
]
