"""The command line: the table of verbs, and how a fault leaves the program."""

from __future__ import annotations

import io
import sys
from typing import Annotated, Any

import typer

from bringup import __version__
from bringup.base.messages import LANGUAGES, choose_language
from bringup.cli.bundle_env import bundle_env_command, settle_kit_command
from bringup.cli.doctor import doctor_command
from bringup.cli.explain import explain_command
from bringup.cli.faults import exit_code_of
from bringup.cli.groups import VerbGroup
from bringup.cli.init import init_command
from bringup.cli.interrupts import take_signals
from bringup.cli.lock import lock_command
from bringup.cli.probe import probe_command
from bringup.cli.report import report_command
from bringup.cli.run import run_command
from bringup.cli.serve import serve_command
from bringup.cli.stack import stack_command
from bringup.cli.stages import STAGE_VERBS
from bringup.cli.up import up_command

app = typer.Typer(
    name="bringup",
    cls=VerbGroup,
    rich_markup_mode=None,
    help="From a bare machine to a served model: one file, every step checked.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_START = "Start"
_STAGES = "Stages (each runs what it needs first)"
_USE = "Use"

app.command("up", rich_help_panel=_START)(up_command)
app.command("init", rich_help_panel=_START)(init_command)
app.command("probe", rich_help_panel=_STAGES)(probe_command)
app.command("doctor", rich_help_panel=_STAGES)(doctor_command)
app.command("stack", rich_help_panel=_STAGES)(stack_command)
app.command("lock", rich_help_panel=_STAGES)(lock_command)
for _name, _command in STAGE_VERBS.items():
    app.command(_name, rich_help_panel=_STAGES)(_command)
app.command("explain", rich_help_panel=_USE)(explain_command)
app.command("report", rich_help_panel=_USE)(report_command)
app.command("serve", rich_help_panel=_USE)(serve_command)
app.command("bundle-env", rich_help_panel=_USE)(bundle_env_command)
# The installer of a kit calls it; people do not.
app.command("settle-kit", hidden=True)(settle_kit_command)
app.command(
    "run",
    rich_help_panel=_USE,
    context_settings={"allow_interspersed_args": False},
)(run_command)


def _show_version(value: bool) -> None:
    if value:
        typer.echo(f"bringup {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    lang: Annotated[
        str | None,
        typer.Option(help="Language of all texts: en or zh. The locale chooses when absent."),
    ] = None,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    if lang is not None and lang not in LANGUAGES:
        raise typer.BadParameter("expected en or zh", param_hint="--lang")
    choose_language(lang)


def run() -> None:
    """Run the command line and leave with the exit code of the contract."""
    take_signals()
    for stream in (sys.stdout, sys.stderr):
        # A character that the output cannot show must not end the command.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Run the command line on ``arguments`` and return the exit code."""
    try:
        result: Any = app(args=arguments, standalone_mode=False)
    except Exception as error:
        return exit_code_of(error, arguments)
    except KeyboardInterrupt as error:
        return exit_code_of(error, arguments)
    return result if isinstance(result, int) else 0
