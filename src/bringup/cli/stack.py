"""``bringup stack``: which versions and builds go together on a machine, or why none do."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bringup.cli.options import FactOption, JsonOption, MachineOption

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterator

    from bringup.cli.columns import Row
    from bringup.stack.answer.model import Answer, Question

RequirementsArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="REQUIREMENT...",
        help='What is wanted: torch==2.7.1 torchvision "jax[cuda12]", or a toolkit: cuda==12.8.',
    ),
]
BuildOption = Annotated[
    str | None,
    typer.Option("--build", metavar="BUILD", help="Only this build: cpu, cu126, rocm..."),
]
IndexOption = Annotated[
    str | None,
    typer.Option(
        "--index", metavar="default", help="Only what a plain install from the default index gives."
    ),
]
SystemOption = Annotated[
    list[str] | None,
    typer.Option(
        "--system",
        metavar="NAME=VERSION",
        help="What the machine provides: cuda=12.4, cudnn=8.9, gcc=13. May be repeated.",
    ),
]


def stack_command(
    requirements: RequirementsArgument,
    build: BuildOption = None,
    index: IndexOption = None,
    system: SystemOption = None,
    machine: MachineOption = None,
    fact: FactOption = None,
    json_output: JsonOption = False,
) -> int:
    """Say which versions and builds go together on this machine, or why none do."""
    from datetime import UTC, datetime

    from bringup.base.errors import ExitCode
    from bringup.stack.answer.answer import answer

    question = _question(requirements, build, index, system, machine, fact)
    found = answer(question)
    today = datetime.now(UTC).date()
    commands = _commands(found, question)
    if json_output:
        document = {**found.to_json(today), "install": commands}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _show(found, commands, today)
    return int(ExitCode.DONE if found.ok else ExitCode.FAULT)


def _question(
    requirements: list[str],
    build: str | None,
    index: str | None,
    system: list[str] | None,
    machine: Any,
    fact: list[str] | None,
) -> Question:
    from bringup.base.errors import BringupError
    from bringup.machine import machine_of
    from bringup.stack.answer.answer import read_requirements, read_system
    from bringup.stack.answer.model import Question

    if index not in {None, "default"}:
        raise BringupError("ANS082", found=index)
    build = build if build is None else build.strip().lower()
    if build == "":
        raise BringupError("ANS084")
    wanted = read_requirements(requirements)
    provided = read_system(system or ())
    found = machine_of(machine_file=machine, facts=fact or (), for_answers=True)
    return Question(found, wanted, build, index == "default", provided)


def _commands(found: Answer, question: Question) -> list[str]:
    from bringup.knowledge.frameworks import framework_table
    from bringup.stack.answer.answer import TOOLS
    from bringup.stack.answer.install import install_commands
    from bringup.stack.platforms import platform_name

    default = None
    if found.torch is not None:
        platform = platform_name(question.machine)
        default = framework_table().default_kind(found.torch.version, platform)
    others = [f"{name}=={version}" for name, version in found.others.items() if name not in TOOLS]
    return install_commands(found, others, default_build=default)


def _show(found: Answer, commands: list[str], today: datetime.date) -> None:
    from bringup.cli.columns import lines_of, wants_colour, width_of

    rows = list(_rows(found, commands, today))
    lines = lines_of(rows, width=width_of(sys.stdout), colour=wants_colour(sys.stdout))
    typer.echo("\n".join(lines), color=True)


def _rows(found: Answer, commands: list[str], today: datetime.date) -> list[Row]:
    from bringup.base.messages import text_of
    from bringup.cli.columns import Row

    rows = list(_result(found))
    if found.alternatives:
        rows.append(Row(text_of("ANS092"), ", ".join(found.alternatives)))
    if found.brought:
        # Only torch's build is chosen for this machine; the others come in one form.
        labels = [
            row.label if row is found.torch else f"{row.release.package} {row.version}"
            for row in found.brought
        ]
        rows.append(Row(text_of("ANS093"), ", ".join(labels)))
    rows += [Row(text_of("ANS095"), command) for command in commands]
    rows += [Row("!", note.text) for note in found.notes]
    for row in found.rows:
        told = text_of(
            "ANS097",
            checked=row.provenance.checked.isoformat(),
            age=(today - row.provenance.checked).days,
            confidence=row.provenance.confidence,
        )
        rows.append(Row(text_of("ANS096"), f"{row.name}: {told}", faint=True))
    return rows


def _result(found: Answer) -> Iterator[Row]:
    from bringup.base.messages import text_of
    from bringup.cli.columns import Row

    if found.ok:
        yield Row(text_of("ANS090"), found.explanation)
        return
    for number, reason in enumerate(found.reasons):
        yield Row(text_of("ANS099" if number else "ANS091"), reason.note.text)
    if found.nearest is not None:
        python = found.nearest.python
        other = f" {text_of('ANS098', python=python)}" if python else ""
        yield Row(text_of("ANS094"), found.nearest.label + other)
