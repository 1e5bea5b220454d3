"""``bringup doctor``: what is wrong with the machine, or with files, and the plan against it."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bringup.cli.options import FactOption, JsonOption, MachineOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bringup.doctor.case import Case
    from bringup.doctor.examine import Examination
    from bringup.doctor.registry import Rule
    from bringup.machine import Machine
    from bringup.project.model import LoadedProject


class Form(StrEnum):
    """How findings are told."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    MARKDOWN = "markdown"


class FailOn(StrEnum):
    """From which severity on the exit code is 1."""

    ERROR = "error"
    WARNING = "warning"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user typed."""

    paths: tuple[Path, ...] = ()
    project: Path | None = None
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    machine_file: Path | None = None
    facts: tuple[str, ...] = ()
    peers: tuple[Path, ...] = ()
    offline: bool = False


def doctor_command(  # noqa: PLR0913 - the flags of one verb
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[FILE...]",
            help="Judge these files instead of the machine: Dockerfile, compose.yaml,"
            " requirements.txt, devcontainer.json, a notebook. A folder is a project.",
            show_default=False,
        ),
    ] = None,
    *,
    project: Annotated[
        Path | None,
        typer.Option(
            "--project", metavar="FOLDER", help="The project; this folder when it is one."
        ),
    ] = None,
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="CODE", help="Only these rules: DRV, DRV003."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODE", help="Not these rules.")
    ] = None,
    fail_on: Annotated[
        FailOn, typer.Option("--fail-on", help="Exit code 1 from this severity on.")
    ] = FailOn.ERROR,
    form: Annotated[Form, typer.Option("--format", help="How findings are told.")] = Form.TEXT,
    json_output: JsonOption = False,
    redact: Annotated[
        bool,
        typer.Option("--redact", help="Leave out host, user and folder names, to be sent around."),
    ] = False,
    offline: Annotated[bool, typer.Option("--offline", help="Ask no network.")] = False,
    all_rules: Annotated[
        bool, typer.Option("--all", help="Tell what is well and what was skipped, too.")
    ] = False,
    list_rules: Annotated[bool, typer.Option("--list", help="List all rules and leave.")] = False,
    fix: Annotated[bool, typer.Option("--fix", help="Show the plan; change nothing.")] = False,
    apply: Annotated[
        bool,
        typer.Option(
            "--apply", help="Do what is safe in the project or your own space; then ask again."
        ),
    ] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Take back the last --apply.")] = False,
    peer: Annotated[
        list[Path] | None,
        typer.Option(
            "--peer", metavar="FILE", help="Another machine of the same job. May be repeated."
        ),
    ] = None,
    machine: MachineOption = None,
    fact: FactOption = None,
) -> int:
    """Find what is wrong with this machine, or with files, and what to do about it."""
    wish = Wish(
        tuple(files or ()),
        project,
        _split(select),
        _split(ignore),
        machine,
        tuple(fact or ()),
        tuple(peer or ()),
        offline,
    )
    if list_rules:
        return _list(wish, as_json=json_output or form is Form.JSON)
    if json_output:
        form = Form.JSON
    _check(wish, changes=apply or undo)
    if apply or undo:
        from bringup.cli.doctor_apply import apply_plan, take_back

        return (take_back if undo else apply_plan)(wish, as_json=form is Form.JSON)
    examination = examined(wish)
    if fix:
        _show_plan(examination, as_json=form is Form.JSON, redact=redact)
        return 0
    _show(examination, form, redact=redact, everything=all_rules)
    return exit_code(examination, fail_on)


def _split(selectors: list[str] | None) -> tuple[str, ...]:
    """Return selectors one by one: an option may be repeated, and hold several with commas."""
    return tuple(part.strip() for row in selectors or () for part in row.split(",") if part.strip())


def _check(wish: Wish, *, changes: bool) -> None:
    """Refuse what cannot be meant, before anything is asked.

    Raises:
        UsageFault: DOC132, DOC144, DOC145, DOC149.
        BringupError: DOC001, a selector fits no code.
    """
    from bringup.base.errors import UsageFault
    from bringup.doctor.codes import CODES, FILE_CODES
    from bringup.doctor.registry import selected

    if wish.machine_file is not None and changes:
        raise UsageFault("DOC132")
    folders = [str(path) for path in wish.paths if path.is_dir()]
    if len(folders) + (wish.project is not None) > 1:
        named = [*folders, *([] if wish.project is None else [str(wish.project)])]
        raise UsageFault("DOC149", folders=", ".join(named))
    over_files = len(folders) < len(wish.paths)
    here, there = (FILE_CODES, CODES) if over_files else (CODES, FILE_CODES)
    selected(here, (), wish.ignore)
    if wish.select and not selected(here, wish.select) and selected(there, wish.select):
        code = "DOC145" if over_files else "DOC144"
        raise UsageFault(code, codes=",".join(wish.select))


def examined(wish: Wish) -> Examination:
    """Return what the rules say about the machine, or about the files that were named."""
    from bringup.doctor.examine import examine

    folders = [path for path in wish.paths if path.is_dir()]
    judged = [path for path in wish.paths if path not in folders]
    loaded = _project(wish, folders)
    ignored = {} if loaded is None else _ignored(loaded)
    if judged:
        from bringup.doctor.files import examine_files

        case = case_of(wish, loaded, small=True)
        return examine_files(judged, case, wish.select, wish.ignore, ignored)
    return examine(case_of(wish, loaded), _rules(wish), ignored)


def exit_code(examination: Examination, fail_on: FailOn) -> int:
    """Return 1 when a finding that counts is as severe as ``fail_on``, else 0."""
    from bringup.base.errors import ExitCode

    counted = {FailOn.ERROR: {"error"}, FailOn.WARNING: {"error", "warning"}, FailOn.NEVER: set()}
    severe = any(row.status.value in counted[fail_on] for row in examination.findings)
    return int(ExitCode.FAULT if severe else ExitCode.DONE)


def _rules(wish: Wish) -> list[Rule]:
    from bringup.doctor.registry import chosen

    return chosen(wish.select, wish.ignore)


def project_folder(wish: Wish) -> Path | None:
    """Return the project's folder: the one that was named, else this one when it is one."""
    named = wish.project or next((path for path in wish.paths if path.is_dir()), None)
    if named is not None:
        return named
    return Path() if Path("bringup.toml").is_file() else None


def _project(wish: Wish, folders: Sequence[Path]) -> LoadedProject | None:
    from bringup.cli.passes import open_project

    folder = wish.project or (folders[0] if folders else None) or project_folder(wish)
    return None if folder is None else open_project(folder)


def _ignored(project: LoadedProject) -> dict[str, str]:
    """Return the codes that the project ignores, each with its reason.

    Raises:
        BringupError: DOC001, one of them fits no code: nothing would be ignored.
    """
    from bringup.doctor.registry import selected

    reasons = {row.code: row.reason for row in project.config.doctor.ignore}
    selected((), (), tuple(reasons))
    return reasons


def case_of(wish: Wish, project: LoadedProject | None, *, small: bool = False) -> Case:
    """Probe once and put together what the rules judge.

    Args:
        wish: what the user typed.
        project: the project, if there is one.
        small: whether the facts of a plain probe do: files are judged.
    """
    from bringup.doctor.case import Case
    from bringup.doctor.project import wants_of
    from bringup.machine.replay import load_machine

    machine = _machine(wish, project, small=small)
    wants = None
    if project is not None:
        accelerator = project.config.environment.accelerator
        wants = wants_of(project.folder, machine, accelerator=accelerator)
    return Case(
        machine,
        wants,
        None if project is None else project.folder.absolute(),
        tuple(load_machine(path) for path in wish.peers),
    )


def _machine(wish: Wish, project: LoadedProject | None, *, small: bool) -> Machine:
    from bringup.machine import machine_of

    machine = machine_of(
        machine_file=wish.machine_file,
        facts=wish.facts,
        folder=None if project is None else project.folder,
        for_doctor=not small,
        python=None if project is None else _project_python(project),
    )
    if small or wish.machine_file is not None:
        return machine
    from bringup.doctor.places import network_facts

    return machine.with_facts(network_facts(machine, offline=wish.offline))


def _project_python(project: LoadedProject) -> str | None:
    """Return the Python of the environment that ``bringup sync`` built, if it did."""
    from bringup.base.errors import BringupError
    from bringup.base.files import read_json
    from bringup.workflow.state import read_state

    state = read_state(project.state_folder, "sync")
    if state is None or state.status != "done":
        return None
    try:
        return str(read_json(state.evidence_path)["environments"]["train"]["python"])
    except (BringupError, KeyError, TypeError):
        return None


def _show(examination: Examination, form: Form, *, redact: bool, everything: bool) -> None:
    from bringup.cli.columns import wants_colour
    from bringup.doctor.document import document_of

    document = document_of(examination, redact=redact)
    if form is Form.JSON:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    elif form is Form.SARIF:
        from bringup.doctor.sarif import sarif_of

        typer.echo(json.dumps(sarif_of(document), indent=2, ensure_ascii=False))
    elif form is Form.MARKDOWN:
        from bringup.doctor.markdown import markdown_of

        typer.echo(markdown_of(document), nl=False)
    else:
        from bringup.report.findings import columns_of, finding_lines

        lines = finding_lines(
            document,
            width=columns_of(sys.stdout),
            colour=wants_colour(sys.stdout),
            everything=everything,
        )
        typer.echo("\n".join(lines), color=True)
        _hint_at_plan(examination)


def _hint_at_plan(examination: Examination) -> None:
    from bringup.base.messages import text_of

    planned = sum(bool(row.found and row.found.steps) for row in examination.roots)
    if planned:
        typer.echo(text_of("DOC107", count=planned), err=True)


def _show_plan(examination: Examination, *, as_json: bool, redact: bool) -> None:
    from bringup.doctor.document import plan_document
    from bringup.doctor.plan import plan_of
    from bringup.report.findings import columns_of, plan_lines

    document = plan_document(plan_of(examination), examination.case, redact=redact)
    if as_json:
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(plan_lines(document, width=columns_of(sys.stdout))))


def _list(wish: Wish, *, as_json: bool) -> int:
    from bringup.doctor.codes import CODES, FILE_CODES
    from bringup.doctor.registry import rule, selected

    rules = [rule(code) for code in selected((*CODES, *FILE_CODES), wish.select, wish.ignore)]
    rows = [(row.code, row.name, row.text.here.title) for row in rules]
    if as_json:
        listed = [{"code": code, "name": name, "title": title} for code, name, title in rows]
        typer.echo(json.dumps({"schema_version": 1, "rules": listed}, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(f"{code:<8} {title}" for code, _, title in rows))
    return 0
