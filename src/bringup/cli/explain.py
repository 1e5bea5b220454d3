"""``bringup explain``: what a log's failure comes from; what a rule or a cause means."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Final

import typer

from bringup.cli.options import JsonOption

if TYPE_CHECKING:
    from bringup.explain import Explanation
    from bringup.machine import Machine

_CODE: Final = re.compile(r"[A-Za-z]{2,4}\d{3}")
_TELL_EVERY_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class _Given:
    """What is known beside the logs: of the machine they come from, and of this one."""

    facts: dict[str, Any] | Machine
    here: Callable[[], Any] | None


def explain_command(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[FILE...]",
            help="Logs, - for standard input; or the code of a rule; or the label of a cause.",
            show_default=False,
        ),
    ] = None,
    *,
    facts: Annotated[
        list[str] | None,
        typer.Option(
            "--facts",
            metavar="NAME=VALUE",
            help="What is known of the log's machine: gpu, driver, torch... May be repeated.",
        ),
    ] = None,
    machine: Annotated[
        Path | None,
        typer.Option("--machine", metavar="FILE", help="The log is from this saved machine."),
    ] = None,
    no_machine: Annotated[
        bool, typer.Option("--no-machine", help="The log is not from here: do not look here.")
    ] = False,
    show_all: Annotated[bool, typer.Option("--all", help="Show weak candidates too.")] = False,
    fail: Annotated[
        bool, typer.Option("--fail", help="Exit code 1 when a log shows a failure.")
    ] = False,
    lang: Annotated[str | None, typer.Option(help="Language of the texts: en or zh.")] = None,
    json_output: JsonOption = False,
) -> int:
    """Say what a failed command's output comes from, which line shows it, and the fix.

    Read a file, or a pipe: python train.py 2>&1 | bringup explain
    """
    _choose(lang)
    names = files or []
    if text := _text_of_names(names):
        sys.stdout.write(f"{text}\n")
        return 0
    given = _given(facts or [], machine, no_machine)
    propose = json_output or show_all
    answers = [(name, _answer(name, given, propose=propose)) for name in _logs(names)]
    if json_output:
        _print_json(answers)
    else:
        _show(answers, everything=show_all)
    failed = any(answer.verdict == "failure" for _, answer in answers)
    return 1 if fail and failed else 0


def _choose(lang: str | None) -> None:
    from bringup.base.messages import LANGUAGES, choose_language

    if lang is None:
        return
    if lang not in LANGUAGES:
        raise typer.BadParameter("expected en or zh", param_hint="--lang")
    choose_language(lang)


def rule_text(code: str) -> str | None:
    """Return what a rule of the doctor says, None when there is no such rule."""
    from importlib import import_module

    try:
        show = import_module("bringup.doctor.show")
    except ModuleNotFoundError:
        return None
    found: str | None = show.rule_text(code)
    return found


def _text_of_names(names: Sequence[str]) -> str | None:
    """Return the texts of rules and causes when that is what the names mean, not logs."""
    if not names or any(name == "-" or Path(name).exists() for name in names):
        return None
    return "\n\n".join(_text_of(name) for name in names)


def _text_of(name: str) -> str:
    from bringup.base.errors import BringupError

    if _CODE.fullmatch(name):
        text = rule_text(name.upper())
        if text is None:
            raise BringupError("LOG016", code=name.upper())
        return text
    text = cause_text(name)
    if text is None:
        raise BringupError("LOG012", name=name)
    return text


def cause_text(label: str) -> str | None:
    """Return what a cause says, without any log; None when there is no such cause."""
    from bringup.base.messages import text_of
    from bringup.cli.explained import fix_lines
    from bringup.explain.answer import about
    from bringup.explain.library import library

    cause = library().cause(label)
    if cause is None:
        return None
    shown = about(cause)
    lines = [f"{label}: {shown.title}", f"{text_of('LOG004')} {shown.why}", *fix_lines(shown)]
    if cause.follows:
        lines.append(f"{text_of('LOG018')} {', '.join(cause.follows)}")
    if cause.doctor:
        lines.append(f"{text_of('LOG006')} bringup doctor --select {','.join(cause.doctor)}")
    if cause.sources:
        lines += [text_of("LOG017"), *(f"  {source}" for source in cause.sources)]
    return "\n".join(lines)


def _given(texts: list[str], machine_file: Path | None, no_machine: bool) -> _Given:
    from bringup.base.errors import BringupError

    facts: dict[str, str] = {}
    for text in texts:
        name, mark, value = text.partition("=")
        if not mark or not name.strip():
            raise BringupError("LOG014", text=text)
        facts[name.strip()] = value.strip()
    if machine_file is not None:
        from bringup.explain.facts import plain_facts
        from bringup.machine import machine_of

        return _Given({**plain_facts(machine_of(machine_file=machine_file)), **facts}, None)
    if facts or no_machine:
        return _Given(facts, None)
    from bringup.cli.explained import this_machine

    return _Given({}, this_machine)


def _logs(names: list[str]) -> list[str]:
    from bringup.base.errors import UsageFault

    if names:
        return names
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageFault("LOG013")
    return ["-"]


def _answer(name: str, given: _Given, *, propose: bool) -> Explanation:
    from bringup.base.errors import BringupError

    if name == "-":
        return _explained(sys.stdin.buffer, given, propose=propose)
    path = Path(name)
    try:
        with path.open("rb") as file:
            return _explained(file, given, propose=propose)
    except OSError as error:
        code = "LOG012" if isinstance(error, FileNotFoundError) else "LOG015"
        raise BringupError(code, name=name, path=path, reason=error.strerror or error) from error


def _explained(file: IO[bytes], given: _Given, *, propose: bool) -> Explanation:
    from bringup.explain import explain

    progress = _Progress() if sys.stderr.isatty() else None
    try:
        return explain(file, given.facts, here=given.here, progress=progress, propose=propose)
    finally:
        if progress is not None:
            progress.end()


class _Progress:
    """One line on stderr that says how much of a long log was read."""

    def __init__(self) -> None:
        self._next = _TELL_EVERY_BYTES

    def __call__(self, size: int) -> None:
        from bringup.base.messages import text_of

        if size >= self._next:
            self._next = size + _TELL_EVERY_BYTES
            sys.stderr.write(f"\r{text_of('LOG011', megabytes=size >> 20)}")
            sys.stderr.flush()

    def end(self) -> None:
        if self._next > _TELL_EVERY_BYTES:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()


def _print_json(answers: list[tuple[str, Explanation]]) -> None:
    from bringup.cli.explained import document_of
    from bringup.explain.answer import SCHEMA_VERSION

    documents = [{"file": name, **document_of(answer)} for name, answer in answers]
    document: dict[str, Any] = {"schema_version": SCHEMA_VERSION, "logs": documents}
    if len(documents) == 1:
        document = {"schema_version": SCHEMA_VERSION, **documents[0]}
    sys.stdout.write(json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _show(answers: list[tuple[str, Explanation]], *, everything: bool) -> None:
    from bringup.cli.explained import lines_of

    for index, (name, answer) in enumerate(answers):
        if len(answers) > 1:
            sys.stdout.write(f"{'' if index == 0 else chr(10)}{name}\n")
        for line in lines_of(answer, everything=everything):
            sys.stdout.write(f"{line}\n")
