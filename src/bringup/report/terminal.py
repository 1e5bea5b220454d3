"""The summary of a run in the terminal: one row per stage, then the gates and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text as Words

from bringup.report import formats
from bringup.report.document import all_gates, failed_stage, is_whole, last_stage
from bringup.report.headlines import headline, hint
from bringup.report.texts import Text, say

Json = Mapping[str, Any]
MARKS: Final = {"done": ("✓", "ok", "green"), "failed": ("✗", "FAILED", "bold red")}
_SKIPPED: Final = ("–", "-", "dim")


def mark(status: str, *, ascii_only: bool = False) -> Words:
    """Return the sign of a status; in letters where the terminal has no others."""
    sign, letters, style = MARKS.get(status, _SKIPPED)
    return Words(letters if ascii_only else sign, style)


def summary(document: Json, *, report: str | None = None, next_step: str | None = None) -> Summary:
    """Return what a finished pass came to, for ``Console.print``.

    ``report`` is where the page lies. ``next_step`` is what to type next; when None it follows
    from the document: the failed stage's hint, ``bringup serve``, or ``bringup up``.
    """
    return Summary(document, report, next_step or _next_step(document))


class Summary:
    """A document as rich shows it, plain where the terminal is."""

    def __init__(self, document: Json, report: str | None, next_step: str | None) -> None:
        self._document = document
        self._report = report
        self._next_step = next_step

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        document, ascii_only = self._document, options.ascii_only
        gates = _gates_table(document, ascii_only=ascii_only)
        project = document["project"].get("project") or document["project"]
        title = say(Text.SUMMARY, project=project.get("name", ""), run=document["run"])
        blocks: list[RenderableType] = [
            Words(title, "bold"),
            Words(),
            _stages_table(document, ascii_only=ascii_only),
        ]
        if gates.row_count:
            blocks += [Words(), gates]
        yield Group(*blocks, Words(), self._end(ascii_only=ascii_only))

    def _end(self, *, ascii_only: bool) -> Table:
        failed = failed_stage(self._document)
        table = Table.grid(padding=(0, 2))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        status = "done" if failed is None else "failed"
        verdict = Words(_verdict(self._document, failed), MARKS[status][2])
        table.add_row(mark(status, ascii_only=ascii_only), verdict)
        if self._report:
            table.add_row(Words(say(Text.REPORT_AT), "dim"), Words(self._report))
        if self._next_step:
            table.add_row(Words(say(Text.NEXT), "dim"), Words(self._next_step, "bold"))
        return table


def _stages_table(document: Json, *, ascii_only: bool) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, justify="right")
    table.add_column(overflow="fold", ratio=1)
    for name, stage in document["stages"].items():
        status = _status(stage)
        line = Words(headline(name, {**stage, "status": status}))
        line.stylize("red" if status == "failed" else "default")
        seconds = Words(formats.seconds_text(stage.get("seconds")), "dim")
        table.add_row(mark(status, ascii_only=ascii_only), Words(name, "bold"), seconds, line)
    total = formats.seconds_text(document["seconds"])
    table.add_row("", Words(say(Text.TOTAL), "dim"), Words(total, "bold"), "")
    return table


def _gates_table(document: Json, *, ascii_only: bool) -> Table:
    table = Table.grid(padding=(0, 2))
    for justify in ("left", "left", "right", "left", "left"):
        table.add_column(no_wrap=True, justify=justify)
    for stage, name, gate in all_gates(document):
        holds = bool(gate.get("holds"))
        value = formats.value_of(gate.get("value"))
        shown = formats.metric_value_text(name, value)
        table.add_row(
            mark("done" if holds else "failed", ascii_only=ascii_only),
            Words(formats.metric_name(name)),
            Words(say(Text.NOT_MEASURED) if value is None else shown, "bold"),
            Words(formats.condition_text(name, gate.get("condition", "")), "dim"),
            Words(stage, "dim"),
        )
    return table


def _status(stage: Json) -> str:
    broken = any(not gate.get("holds") for gate in (stage.get("gates") or {}).values())
    return "failed" if broken else str(stage.get("status", "done"))


def _verdict(document: Json, failed: str | None) -> str:
    if failed is not None:
        return say(Text.VERDICT_FAILED, stage=failed)
    if is_whole(document):
        return say(Text.VERDICT_DONE)
    return say(Text.VERDICT_PART, stage=last_stage(document) or "")


def _next_step(document: Json) -> str | None:
    failed = failed_stage(document)
    stages = document["stages"]
    if failed is not None:
        return hint(failed, stages[failed])
    if not is_whole(document):
        return "bringup up"
    return "bringup serve" if "serve" in stages else None
