"""Findings for the terminal: what is wrong, the facts that show it, the fix; then the plan."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator
from typing import Any, Final

from bringup.base.messages import text_of
from bringup.doctor.document import shown_value, step_of
from bringup.doctor.plan import Plan, Planned

_STYLES: Final = {"error": "1;31", "warning": "1;33", "skipped": "2", "ok": "32"}
_MARK: Final = "*"
_WIDEST: Final = 110


def finding_lines(
    document: dict[str, Any], *, width: int | None, colour: bool, everything: bool = False
) -> Iterator[str]:
    """Return the lines of an examination's document.

    Args:
        document: what ``doctor.document.document_of`` gave.
        width: columns to wrap at; None wraps nothing.
        colour: whether to use the terminal's styles.
        everything: whether to tell what was skipped and why, and what is well, too.
    """
    for row in document["findings"]:
        yield from _finding(row, width, colour=colour)
        yield ""
    for row in document["ignored"]:
        yield f"{text_of('DOC109')} {row['code']} {row['title']} ({row['reason']})"
    if everything:
        yield from _rest(document, width, colour=colour)
    yield summary_line(document)


def summary_line(document: dict[str, Any]) -> str:
    """Return the counts in one line."""
    counts = document["summary"]
    line = text_of(
        "DOC101",
        errors=counts["error"],
        warnings=counts["warning"],
        ok=counts["ok"],
        skipped=counts["skipped"],
    )
    return f"{text_of('DOC100')}: {line}" if not document["findings"] else line


def _finding(row: dict[str, Any], width: int | None, *, colour: bool) -> Iterator[str]:
    head = _styled(f"{row['status']} {row['code']}", _STYLES[row["status"]], colour)
    where = f"{row['file']}:{row['line'] or 1}: " if "file" in row else ""
    yield f"{where}{head} {_styled(row['title'], '1', colour)}"
    yield from _wrapped(row["message"], width, "  ")
    if row["evidence"]:
        yield f"  {text_of('DOC105')}"
    for item in row["evidence"]:
        fact = f"{item['fact']} = {shown_value(item['value'])}"
        yield from _wrapped(f"{fact}  ({item['source']})", width, "    ")
    yield from _wrapped(f"{text_of('DOC103')} {row['fix']}", width, "  ")
    for other in row.get("follows", ()):
        yield from _wrapped(f"{text_of('DOC104')} {other['code']} {other['message']}", width, "  ")
    yield f"  {_styled(text_of('DOC106', code=row['code']), '2', colour)}"


def _rest(document: dict[str, Any], width: int | None, *, colour: bool) -> Iterator[str]:
    if document["skipped"]:
        yield text_of("DOC108")
    for row in document["skipped"]:
        line = f"{row['code']} {row['name']}: {row['reason']}"
        yield from (
            _styled(part, _STYLES["skipped"], colour) for part in _wrapped(line, width, "  ")
        )
    if document["ok"]:
        yield from _wrapped(f"{text_of('DOC117')}: {' '.join(document['ok'])}", width, "")
    yield ""


def plan_lines(plan: Plan, *, width: int | None) -> Iterator[str]:
    """Return the plan: each step with its privilege and what it is for; what can only be told."""
    if not plan.steps and not plan.words:
        yield text_of("DOC120")
        return
    yield text_of("DOC121")
    for number, planned in enumerate(plan.steps, start=1):
        mark = _MARK if planned.safe else " "
        privilege = step_of(planned.step)["privilege"]
        whose = text_of("DOC123", privilege=privilege)
        codes = ", ".join(planned.codes)
        yield f"{mark}{number:>3}. {step_line(planned)}   [{codes}; {whose}]"
    if plan.words:
        yield text_of("DOC124")
    for row in plan.words:
        yield from _wrapped(f"{row.rule.code}: {row.fix}", width, "  ")
    if plan.steps:
        yield text_of("DOC122", mark=_MARK)


def step_line(planned: Planned) -> str:
    """Return what a step does, as people would type or say it."""
    row = step_of(planned.step)
    if row["do"] == "run":
        return str(row["command"])
    if row["do"] == "move_away":
        return text_of("DOC133", path=row["path"])
    if row["do"] == "set_mode":
        return text_of("DOC134", path=row["path"], mode=row["mode"])
    if row["do"] == "set_variable":
        name, value = row["name"], row["value"]
        command = f"unset {name}" if value is None else f"export {name}={value}"
        return text_of("DOC136", command=command)
    return text_of("DOC135", path=row["path"])


def columns_of(stream: Any) -> int | None:
    """Return the columns to wrap at; None where the output is no terminal."""
    if not stream.isatty():
        return None
    return min(shutil.get_terminal_size().columns, _WIDEST)


def _wrapped(text: str, width: int | None, indent: str) -> Iterator[str]:
    for line in text.splitlines() or [""]:
        if width is None:
            yield f"{indent}{line}"
            continue
        yield from textwrap.wrap(
            line,
            width,
            initial_indent=indent,
            subsequent_indent=f"{indent}  ",
            break_on_hyphens=False,
        ) or [""]


def _styled(text: str, style: str, colour: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if colour else text
