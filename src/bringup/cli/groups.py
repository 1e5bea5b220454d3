"""The overview of the verbs, grouped. Plain text: rich's help costs twice the time of all else."""

from __future__ import annotations

from typing import Any

from typer import Abort
from typer.core import TyperGroup


class VerbGroup(TyperGroup):
    """Shows the verbs under the headings that they were registered with."""

    def invoke(self, ctx: Any) -> Any:
        """Run the verb. An interruption leaves as Abort: typer turns it into a bare number."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise Abort from error

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one section per heading, in the order of registration."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is None or command.hidden:
                continue
            heading = str(getattr(command, "rich_help_panel", None) or "Commands")
            sections.setdefault(heading, []).append((name, command.get_short_help_str(limit=90)))
        for heading, rows in sections.items():
            with formatter.section(heading):
                formatter.write_dl(rows)
