"""Findings as Markdown, to be pasted into an issue or a chat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from bringup import __version__
from bringup.base.messages import text_of
from bringup.doctor.document import shown_evidence, shown_value

_CODE: Final = re.compile(r"(`[^`]*`)")


def markdown_of(document: dict[str, Any]) -> str:
    """Return the report of an examination's document (``document_of``), with the main facts."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: dict[str, Any]) -> Iterator[str]:
    summary = document["summary"]
    yield f"## bringup doctor {__version__}"
    yield ""
    yield text_of(
        "DOC101",
        errors=summary["error"],
        warnings=summary["warning"],
        ok=summary["ok"],
        skipped=summary["skipped"],
    )
    for row in document["findings"]:
        yield ""
        yield from _finding(row)
    if document["ignored"]:
        yield ""
    for row in document["ignored"]:
        yield f"- {text_of('DOC109')} {row['code']} {row['title']} ({_plain(row['reason'])})"
    if document["machine"]:
        yield from _machine(document["machine"])


def _machine(facts: dict[str, Any]) -> Iterator[str]:
    yield ""
    yield f"<details><summary>{text_of('DOC102')}</summary>"
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    for key, value in facts.items():
        yield f"| {key} | {_cell(shown_value(value))} |"
    yield ""
    yield "</details>"


def _finding(row: dict[str, Any]) -> Iterator[str]:
    where = f" `{row['file']}:{row['line'] or 1}`" if "file" in row else ""
    yield f"### {row['status']} {row['code']}: {row['title']}{where}"
    yield ""
    yield _plain(row["message"])
    yield ""
    for item in row["evidence"]:
        yield f"- {_code(shown_evidence(item))} ({_plain(item['source'])})"
    if row["evidence"]:
        yield ""
    yield f"**{text_of('DOC103')}** {_plain(row['fix'])}"
    for other in row.get("follows", ()):
        yield ""
        yield f"- {text_of('DOC104')} {other['code']}: {_plain(other['message'])}"


def _plain(text: str) -> str:
    """Return words in which `<path>` is no tag; what stands in backquotes is left as it is."""
    parts = _CODE.split(text)
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in parts)


def _code(text: str) -> str:
    """Return a text as code, whatever backquotes are in it."""
    runs = [len(run) for run in re.findall(r"`+", text)]
    fence = "`" * (max(runs, default=0) + 1)
    blank = " " if runs else ""
    return f"{fence}{blank}{' '.join(text.split())}{blank}{fence}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
