"""Findings as Markdown, to be pasted into an issue or a chat."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bringup import __version__
from bringup.base.messages import text_of
from bringup.doctor.document import shown_value
from bringup.machine.model import Machine

_FACTS = (
    "os.name",
    "os.version",
    "os.kernel",
    "os.arch",
    "libc.version",
    "gpu.devices",
    "gpu.nvidia_driver",
    "cuda.toolkits",
    "env.python_version",
    "env.torch_build",
    "surroundings.container",
    "surroundings.wsl",
)


def markdown_of(document: dict[str, Any], machine: Machine) -> str:
    """Return the report of an examination's document (``document_of``), with the main facts."""
    return "\n".join(_lines(document, machine)) + "\n"


def _lines(document: dict[str, Any], machine: Machine) -> Iterator[str]:
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
    yield ""
    yield f"<details><summary>{text_of('DOC102')}</summary>"
    yield ""
    yield "| | |"
    yield "| --- | --- |"
    for key in _FACTS:
        fact = machine.facts.get(key)
        if fact is not None and fact.value not in (None, []):
            yield f"| {key} | {_cell(shown_value(fact.value))} |"
    yield ""
    yield "</details>"


def _finding(row: dict[str, Any]) -> Iterator[str]:
    where = f" `{row['file']}:{row['line'] or 1}`" if "file" in row else ""
    yield f"### {row['status']} {row['code']}: {row['title']}{where}"
    yield ""
    yield row["message"]
    yield ""
    for item in row["evidence"]:
        yield f"- `{item['fact']}` = {shown_value(item['value'])} ({item['source']})"
    if row["evidence"]:
        yield ""
    yield f"**{text_of('DOC103')}** {row['fix']}"
    for other in row.get("follows", ()):
        yield ""
        yield f"- {text_of('DOC104')} {other['code']}: {other['message']}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
