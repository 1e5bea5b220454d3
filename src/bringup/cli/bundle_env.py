"""``bringup bundle-env``: the environments as an archive for a machine without network."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bringup.cli.options import (
    FactOption,
    JsonOption,
    MachineOption,
    ProjectArgument,
    QuietOption,
)
from bringup.cli.passes import Wish, open_context, open_project

if TYPE_CHECKING:
    from bringup.environment.kit.pack import Kit


def bundle_env_command(
    project: ProjectArgument = Path(),
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="The archive: .tar, or .tar.gz.",
            show_default="env.tar in this folder",
        ),
    ] = None,
    target: Annotated[
        str | None,
        typer.Option(
            metavar="TARGET",
            help="The locked target to pack: cpu, cu130@linux-aarch64, ...",
            show_default="the one that fits this machine",
        ),
    ] = None,
    with_python: Annotated[
        bool,
        typer.Option("--with-python", help="Pack the interpreter too, when uv manages it."),
    ] = False,
    machine: MachineOption = None,
    fact: FactOption = None,
    json_output: JsonOption = False,
    quiet: QuietOption = False,
) -> int:
    """Pack wheels, lock, uv and bringup into one archive that installs without network.

    Killed or interrupted, the same command goes on where it stopped.
    """
    from bringup.datasets.cache import cache_folder
    from bringup.report.progress import LiveProgress
    from bringup.workflow.kit import pack_project

    loaded = open_project(project)
    wish = Wish(project, machine_file=machine, facts=tuple(fact or ()))
    with LiveProgress(quiet=quiet) as progress:
        context = open_context(wish, loaded, progress)
        kit = pack_project(
            context,
            out=(out or Path("env.tar")).absolute(),
            cache=cache_folder(),
            target=target,
            with_python=with_python,
        )
    if json_output:
        typer.echo(json.dumps(kit.to_json(), indent=2, ensure_ascii=False))
    elif not quiet:
        _show(kit)
    return 0


def _show(kit: Kit) -> None:
    from bringup.base.messages import text_of
    from bringup.report.formats import bytes_text

    manifest = kit.manifest
    platform = " ".join(filter(None, manifest["platform"].values()))
    if manifest["libc_floor"]:
        platform += f" >= {manifest['libc_floor']}"
    path = kit.path
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    lines = [
        text_of(
            "KIT030",
            path=shown,
            size=bytes_text(kit.size),
            packages=len(manifest["packages"]),
            platform=platform,
            python=manifest["python"]["minor"],
        ),
        text_of("KIT031", sha256=kit.sha256),
    ]
    if manifest["not_packed"]:
        lines.append(text_of("KIT033", names=", ".join(manifest["not_packed"])))
    lines.append(
        text_of("KIT032", archive=path.name, folder=kit.folder, project=manifest["project"])
    )
    typer.echo("\n".join(lines))


def settle_kit_command(folder: Annotated[Path, typer.Argument(metavar="FOLDER")]) -> int:
    """Make the environments of a kit that its installer has laid into FOLDER."""
    from bringup.machine import machine_of
    from bringup.report.progress import LiveProgress
    from bringup.workflow.context import Context
    from bringup.workflow.kit import open_installed, settle_kit

    loaded = open_installed(folder.absolute())
    with LiveProgress() as progress:
        machine = machine_of(env=os.environ, folder=loaded.folder)
        settle_kit(Context(loaded, machine, progress))
    return 0
