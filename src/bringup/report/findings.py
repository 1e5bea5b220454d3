"""Findings for the terminal: what is wrong, the facts that show it, the fix; then the plan."""

from __future__ import annotations

import re
import shlex
import shutil
import unicodedata
from collections.abc import Iterator
from typing import Any, Final

from bringup.base.messages import text_of
from bringup.doctor.document import shown_evidence

_STYLES: Final = {"error": "1;31", "warning": "1;33", "skipped": "2", "ok": "32"}
_MARK: Final = "*"
_WIDEST: Final = 110
# What closes a bracket or a sentence in Chinese must not begin a line.
_CLOSING: Final = "\u3001\u3002\uff0c\uff1a\uff1b\uff1f\uff01\uff09\u300b\u201d"
_PARTS: Final = re.compile(rf"\s*(?:[\u3400-\u9fff]|[^\s\u3400-\u9fff]+)[{_CLOSING}]*\s*")


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
        yield from _wrapped(f"{shown_evidence(item)}  ({item['source']})", width, "    ")
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


def plan_lines(plan: dict[str, Any], *, width: int | None) -> Iterator[str]:
    """Return the plan: each step with its privilege and what it is for; what can only be told.

    Args:
        plan: what ``doctor.document.plan_document`` gave.
        width: columns to wrap words at; None wraps nothing. A step is one line, to be copied.
    """
    if not plan["steps"] and not plan["words"]:
        yield text_of("DOC120")
        return
    yield text_of("DOC121")
    for number, row in enumerate(plan["steps"], start=1):
        mark = _MARK if row["safe"] else " "
        whose = text_of("DOC123", privilege=row["privilege"])
        yield f"{mark}{number:>3}. {step_line(row)}   [{', '.join(row['codes'])}; {whose}]"
    if plan["words"]:
        yield text_of("DOC124")
    for row in plan["words"]:
        yield from _wrapped(f"{row['code']}: {row['fix']}", width, "  ")
    if plan["steps"]:
        yield text_of("DOC122", mark=_MARK)


def step_line(row: dict[str, Any]) -> str:
    """Return what a step (``doctor.document.step_of``) does, as people would type or say it."""
    if row["do"] == "run":
        return str(row["command"])
    if row["do"] == "move_away":
        return text_of("DOC133", path=row["path"])
    if row["do"] == "set_mode":
        return text_of("DOC134", path=row["path"], mode=row["mode"])
    if row["do"] == "set_variable":
        name, value = row["name"], row["value"]
        command = f"unset {name}" if value is None else f"export {name}={shlex.quote(value)}"
        return text_of("DOC136", command=command)
    return text_of("DOC135", path=row["path"])


def columns_of(stream: Any) -> int | None:
    """Return the columns to wrap at; None where the output is no terminal."""
    if not stream.isatty():
        return None
    return min(shutil.get_terminal_size().columns, _WIDEST)


def _wrapped(text: str, width: int | None, indent: str) -> Iterator[str]:
    """Break lines at spaces and between Chinese characters; a path or a word is never broken."""
    for line in text.splitlines() or [""]:
        if width is None:
            yield f"{indent}{line}"
            continue
        shown, fresh = indent, True
        for part in _PARTS.findall(line):
            if not fresh and _cells(shown + part.rstrip()) > width:
                yield shown.rstrip()
                shown, fresh = f"{indent}  ", True
            shown += part.lstrip() if fresh else part
            fresh = fresh and not part.strip()
        yield shown.rstrip()


def _cells(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _styled(text: str, style: str, colour: bool) -> str:
    return f"\x1b[{style}m{text}\x1b[0m" if colour else text
