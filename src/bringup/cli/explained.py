"""An explanation as people read it: after ``bringup explain``, and under a command's error."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bringup.explain import Explanation, FoundCause
    from bringup.machine import Machine

_LINE_CHARS: Final = 300
_LINES: Final = 3
_SHOWN: Final = 0.35
"""Confidence from which a second cause is worth a line."""
TAIL_BYTES: Final = 32 << 20
"""What is read of a log after a failure: its end."""


def lines_of(answer: Explanation, *, everything: bool = False) -> Iterator[str]:
    """Give the lines of an explanation; ``everything`` also shows weak candidates in full."""
    from bringup.base.messages import text_of

    if answer.verdict == "failure":
        first, *others = answer.causes
        yield from cause_lines(first)
        for other in others:
            if everything:
                yield ""
                yield from cause_lines(other)
            elif other.confidence >= _SHOWN:
                yield f"{text_of('LOG007')} {other.title} ({_surely(other)})"
    elif answer.verdict == "benign":
        yield text_of("LOG009" if answer.causes else "LOG008")
        for cause in answer.causes:
            yield from _shown_lines(cause, _LINES)
            yield from (f"  {reason}" for reason in cause.why.splitlines())
    else:
        yield text_of("LOG010")
        if everything:
            for cause in answer.causes:
                yield ""
                yield from cause_lines(cause)
        else:
            yield text_of("LOG019")


def cause_lines(cause: FoundCause) -> Iterator[str]:
    """Give the lines of one cause: what, where it shows, why, how it is mended."""
    from bringup.base.messages import text_of

    yield f"{text_of('LOG001')} {cause.title} ({_surely(cause)})"
    yield from _shown_lines(cause, _LINES)
    yield f"{text_of('LOG004')} {cause.why}"
    yield from fix_lines(cause)
    if cause.doctor:
        yield f"{text_of('LOG006')} bringup doctor --select {','.join(cause.doctor)}"


def fix_lines(cause: FoundCause) -> Iterator[str]:
    """Give the steps of the fix."""
    from bringup.base.messages import text_of

    steps = cause.fix
    for number, step in enumerate(steps, 1):
        mark = f"{number}. " if len(steps) > 1 else ""
        yield f"{text_of('LOG005')} {mark}{step.text}"
        yield from (f"     $ {line}" for line in (step.command or "").splitlines() if line.strip())


def document_of(answer: Explanation) -> dict[str, Any]:
    """Return an explanation as plain JSON, without the credentials that a log may hold."""
    from bringup.machine.redact import redacted

    document = answer.to_json()
    for cause in document["causes"]:
        for line in cause["lines"]:
            line["text"] = redacted(line["text"])
        cause["values"] = {name: redacted(value) for name, value in cause["values"].items()}
    return document


def _shown_lines(cause: FoundCause, count: int) -> Iterator[str]:
    from bringup.base.messages import text_of
    from bringup.machine.redact import redacted

    for number, whole in cause.lines[:count]:
        text = redacted(whole)
        cut = text if len(text) <= _LINE_CHARS else f"{text[:_LINE_CHARS]} ..."
        yield f"  {text_of('LOG003', number=number)} {cut}"


def _surely(cause: FoundCause) -> str:
    from bringup.base.messages import text_of

    return text_of("LOG002", label=cause.label, percent=round(100 * cause.confidence))


def after_failure(output: Any, machine: Machine | None = None) -> Explanation | None:
    """Explain what a failed command wrote, a text or the file with it.

    None when the cause is not known: then there is nothing to add to the error. Nothing that goes
    wrong here may hide the error itself.
    """
    with contextlib.suppress(Exception):
        from bringup.explain import explain

        here = machine or this_machine
        if isinstance(output, Path):
            with output.open("rb") as file:
                before = _skip_to_tail(file, output.stat().st_size)
                answer = explain(file, here=here, first=before + 1, propose=False)
        else:
            answer = explain(str(output), here=here, propose=False)
        return answer if answer.verdict == "failure" else None
    return None


def this_machine() -> Machine:
    """Probe this machine: what fixes and conditions ask for."""
    from bringup.machine import machine_of

    return machine_of(for_answers=True)


def _skip_to_tail(file: IO[bytes], size: int) -> int:
    """Leave only the end of a very long log to be read; return how many lines were passed over."""
    passed, left = 0, size - TAIL_BYTES
    while left > 0 and (piece := file.read(min(left, 1 << 20))):
        passed += piece.count(b"\n")
        left -= len(piece)
    return passed


def tell_after_failure(answer: Explanation) -> None:
    """Show an explanation under an error, on stderr."""
    for line in lines_of(answer):
        sys.stderr.write(f"{line}\n")
