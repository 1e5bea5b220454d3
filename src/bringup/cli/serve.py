"""``bringup serve``: the bundle on a port, until stopped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bringup.cli.options import FactOption, MachineOption, ProjectArgument, QuietOption
from bringup.cli.passes import Wish, open_context, open_project


def serve_command(
    project: ProjectArgument = Path(),
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", show_default="[serve].host")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            min=0, max=65535, help="Port; 0 takes a free one.", show_default="[serve].port"
        ),
    ] = None,
    machine: MachineOption = None,
    fact: FactOption = None,
    quiet: QuietOption = False,
) -> int:
    """Serve the exported model (Open Inference Protocol v2), in an environment without torch."""
    from bringup.report.progress import LiveProgress
    from bringup.workflow.server import serve_bundle
    from bringup.workflow.up import bring_up

    loaded = open_project(project)
    with LiveProgress(quiet=quiet) as progress:
        context = open_context(
            Wish(project, machine_file=machine, facts=tuple(fact or ())), loaded, progress
        )
        bring_up(context, until="export")
    section = loaded.config.serve
    try:
        return serve_bundle(
            context,
            host=host or section.host,
            port=section.port if port is None else port,
            say=_say,
        )
    except KeyboardInterrupt:
        # This is how a server is meant to end.
        return 0


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")
