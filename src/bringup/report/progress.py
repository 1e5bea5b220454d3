"""The live view of a pass through the stages, on stderr: a line that moves in a terminal, plain
lines elsewhere. It satisfies ``bringup.workflow.observer.Observer``."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text as Words

from bringup.base.evidence import STAGES
from bringup.report import progress_lines as lines
from bringup.report.formats import check_status, seconds_text
from bringup.report.headlines import headline
from bringup.report.terminal import mark
from bringup.report.texts import Text, say

PLAIN_EVERY_S: Final = 5.0
"""Without a terminal, progress is written at most this often."""
EPOCH_EVERY_S: Final = 0.5
"""Epochs of milliseconds get a line at most this often; the last one always has one."""
_REFRESH_PER_S: Final = 8
_NAME_WIDTH: Final = max(map(len, STAGES))
_TIME_WIDTH: Final = 10
_BAR_WIDTH: Final = 24
_INDENT: Final = "  "
_REASONS_SHOWN: Final = 3


def _why(because: Sequence[str]) -> str:
    """Return the reasons as one phrase; the evidence holds those that are only counted here."""
    if not because:
        return ""
    more = len(because) - _REASONS_SHOWN
    shown = ", ".join(because[:_REASONS_SHOWN])
    return say(Text.BECAUSE, reasons=f"{shown} (+{more})" if more > 0 else shown)


class LiveProgress:
    """Shows what happens while it happens; a context manager. ``quiet`` shows nothing."""

    def __init__(self, *, console: Console | None = None, quiet: bool = False) -> None:
        self._console = console if console is not None else Console(stderr=True)
        self._quiet = quiet
        self._live: Live | None = None
        self._stage: str | None = None
        self._because = ""
        self._started_s = 0.0
        self._last_plain_s = float("-inf")
        self._progress: dict[str, Any] | None = None
        self._epoch: dict[str, Any] | None = None
        self._last_epoch_s = float("-inf")
        self._spinner = Spinner("dots", style="cyan")

    def __enter__(self) -> Self:
        if not self._quiet and self._console.is_terminal:
            self._live = Live(
                get_renderable=self._view,
                console=self._console,
                refresh_per_second=_REFRESH_PER_S,
                transient=True,
            )
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stage = None
        if self._live is not None:
            self._live.stop()
            self._live = None

    def stage_started(self, stage: str, because: Sequence[str]) -> None:
        """Show that ``stage`` runs, and why."""
        self._stage, self._progress = stage, None
        self._because = _why(because)
        self._started_s = time.monotonic()
        self._last_plain_s = self._started_s
        self._refresh()

    def event(self, event: dict[str, Any]) -> None:
        """Show an event (see ``bringup.base.events``); unknown kinds are passed over."""
        kind = event.get("kind")
        if kind == "progress":
            self._show_progress(event)
        elif kind == "epoch":
            self._progress = None
            self._epoch = event
            if time.monotonic() - self._last_epoch_s >= EPOCH_EVERY_S:
                self._say_epoch()
        elif kind == "note":
            self._say(lines.note_line(event), style="yellow")
        elif kind == "check":
            self._show_check(event)
        elif kind == "line":
            self._show_progress({"name": str(event.get("text", ""))})

    def stage_finished(self, stage: str, evidence: dict[str, Any]) -> None:
        """Leave one line for a stage that is done or failed."""
        self._say_epoch()
        self._stage = None
        # Else the line below would be printed above a view of a stage that has ended.
        self._refresh()
        status = str(evidence.get("status", "done"))
        style = "red" if status == "failed" else ""
        line = Words(headline(stage, evidence), style)
        if self._because:
            line.append(f"  {self._because}", "dim")
        self._print(self._row(status, stage, seconds_text(evidence.get("seconds")), line))

    def stage_current(self, stage: str) -> None:
        """Leave one quiet line for a stage that need not run."""
        self._print(self._row("skipped", stage, "", Words(say(Text.CURRENT), "dim")))

    def _show_progress(self, event: dict[str, Any]) -> None:
        self._progress = event
        now_s = time.monotonic()
        if self._live is None and now_s - self._last_plain_s >= PLAIN_EVERY_S:
            self._last_plain_s = now_s
            self._say(lines.progress_line(event))

    def _say_epoch(self) -> None:
        """Leave a line for the newest epoch that has none yet."""
        if self._epoch is not None:
            self._say(lines.epoch_line(self._epoch))
            self._epoch, self._last_epoch_s = None, time.monotonic()

    def _show_check(self, event: dict[str, Any]) -> None:
        status = check_status(event)
        if status == "ok":
            self._show_progress({"name": lines.check_line(event)})
        else:
            style = "yellow" if status == "skipped" else "red"
            self._say(lines.check_line(event), style=style)

    def _say(self, text: str, *, style: str = "dim") -> None:
        self._print(Words(_INDENT + text, style))

    def _refresh(self) -> None:
        if self._live is not None:
            self._live.refresh()

    def _print(self, renderable: RenderableType) -> None:
        if not self._quiet:
            # Without a terminal a line stays one line, however long: files and logs have no width.
            self._console.print(renderable, soft_wrap=self._live is None)

    def _row(self, status: str, stage: str, seconds: str, line: Words) -> Words:
        row = mark(status, ascii_only=self._console.options.ascii_only)
        row.append(f" {stage:<{_NAME_WIDTH}}", "bold" if status != "skipped" else "dim")
        row.append(f" {seconds:>{_TIME_WIDTH}}  ", "dim")
        row.append_text(line)
        # What follows the style of the mark must not take it over.
        return Words.assemble(row)

    def _view(self) -> RenderableType:
        if self._stage is None:
            return Words()
        elapsed = seconds_text(time.monotonic() - self._started_s)
        head = Table.grid(padding=(0, 1))
        head.add_row(
            self._spinner,
            Words(f"{self._stage:<{_NAME_WIDTH}}", "bold"),
            Words(f"{elapsed:>{_TIME_WIDTH}}", "dim"),
            Words(f" {self._because}", "dim"),
        )
        return head if self._progress is None else Group(head, self._progress_view(self._progress))

    @staticmethod
    def _progress_view(event: dict[str, Any]) -> RenderableType:
        share = lines.share_done(event)
        text = lines.progress_line(event) if event.get("kind") else str(event.get("name", ""))
        row = Table.grid(padding=(0, 1))
        if share is None:
            row.add_row(_INDENT + text)
        else:
            bar = ProgressBar(total=1.0, completed=share, width=_BAR_WIDTH)
            row.add_row(_INDENT.strip(), bar, Words(f"{share:4.0%}", "bold"), Words(text))
        return row
