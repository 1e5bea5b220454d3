"""``bringup init``: a first ``bringup.toml``, by a few questions or by options alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bringup.cli.options import JsonOption, QuietOption


def init_command(  # noqa: PLR0913, PLR0917 - each option is a parameter
    folder: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER", help="Where the project stands.", show_default="this folder"
        ),
    ] = Path(),
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME", help="Learn from a named data set.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Learn from a CSV file with a header line.")
    ] = None,
    target: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="The column of the CSV file to predict.")
    ] = None,
    script: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Run a training script of your own.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="Name of the project; the folder's when absent.")
    ] = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Ask nothing: take what would be suggested.")
    ] = False,
    force: Annotated[bool, typer.Option(help="Overwrite a bringup.toml.")] = False,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Write a first bringup.toml. Asks little, and takes over what the folder already has.

    requirements.txt and pyproject.toml are adopted, a training script is found.
    """
    from bringup.cli.questions import Wishes, choose
    from bringup.project.document import FILE_NAME

    if sum(option is not None for option in (dataset, csv, script)) > 1:
        raise typer.BadParameter("give one of --dataset, --csv and --script")
    if target is not None and csv is None:
        raise typer.BadParameter("--target goes with --csv", param_hint="--target")
    path = folder / FILE_NAME
    _refuse_to_overwrite(path, force)
    text = choose(folder, Wishes(dataset, csv, target, script, name, yes))
    _write(path, text)
    _tell(path, as_json=json, quiet=quiet)
    return 0


def _refuse_to_overwrite(path: Path, force: bool) -> None:
    from bringup.base.errors import BringupError
    from bringup.project.source import shown

    if path.parent.exists() and not path.parent.is_dir():
        raise BringupError("PRJ305", path=path.parent)
    if path.exists() and not force:
        raise BringupError("PRJ301", path=shown(path), command=_up(path.parent))


def _write(path: Path, text: str) -> None:
    from bringup.base.files import write_text

    write_text(path, text)


def _tell(path: Path, *, as_json: bool, quiet: bool) -> None:
    import json

    from bringup.base.messages import text_of
    from bringup.project.source import shown

    command = _up(path.parent)
    if as_json:
        document = {"schema_version": 1, "file": str(path.absolute()), "next": command}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif not quiet:
        typer.echo(text_of("PRJ401", path=shown(path), command=command), err=True)


def _up(folder: Path) -> str:
    import shlex

    from bringup.project.source import shown

    name = shown(folder.resolve())
    return "bringup up" if name == "." else f"bringup up {shlex.quote(name)}"
