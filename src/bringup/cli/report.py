"""``bringup report``: the evidence, for people and for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bringup.cli.options import JsonOption, ProjectArgument
from bringup.cli.passes import open_project, show_document


def report_command(
    project: ProjectArgument = Path(),
    html: Annotated[
        Path | None,
        typer.Option(
            "--html",
            metavar="FILE",
            help="Where to write the page.",
            show_default="report.html in the project; with --json none",
        ),
    ] = None,
    json: JsonOption = False,
) -> int:
    """Show what the stages have proved so far, and write report.html."""
    from bringup.workflow.document import write_report

    loaded = open_project(project)
    # Programs that ask for the evidence may not be allowed to write into the project.
    path = None if json and html is None else write_report(loaded, html)
    show_document(loaded, as_json=json)
    if path is not None:
        typer.echo(str(path), err=True)
    return 0
