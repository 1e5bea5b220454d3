"""``bringup probe --section index``: all index settings in one place, and which index answers."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, Final

import typer

from bringup.base.messages import text_of
from bringup.cli.columns import Row, lines_of, wants_colour, width_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bringup.machine import Machine
    from bringup.machine.index_explained import Explained
    from bringup.stack.reach import Reach

SCHEMA_VERSION: Final = 1
_ROLES: Final = {
    "find_links": "IDX104",
    "extra_index": "IDX105",
    "index": "IDX106",
    "framework_index": "IDX107",
}


def show_index(
    machine: Machine, *, saved: bool, ask: bool, show_secrets: bool, as_json: bool
) -> None:
    """Print the index settings of a machine and how each place answers.

    Args:
        machine: its facts, credentials included.
        saved: whether it was read from a file; then nobody is asked.
        ask: whether the network may be asked.
        show_secrets: whether credentials are shown.
        as_json: whether to print one JSON document.
    """
    from bringup.machine.index_explained import explain_here, explain_saved
    from bringup.stack.reach import not_asked, reach

    explained = explain_saved(machine) if saved else explain_here(machine)
    reaches = not_asked(machine) if saved else reach(machine, ask=ask)
    if not show_secrets:
        explained = explained.redacted()
    if as_json:
        document = _document(explained, reaches, show_secrets=show_secrets)
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    rows = [
        Row(text_of("IDX100"), text_of("MCH101"), text_of("MCH102"), faint=True),
        *_said_rows(explained),
        *_merged_rows(explained),
        *_place_rows(reaches, show_secrets=show_secrets),
    ]
    lines = lines_of(rows, width=width_of(sys.stdout), colour=wants_colour(sys.stdout))
    typer.echo("\n".join(lines), color=True)


def _document(
    explained: Explained, reaches: Sequence[Reach], *, show_secrets: bool
) -> dict[str, Any]:
    settings = [
        {
            "tool": row.tool,
            "name": row.name,
            "value": row.value,
            "source": row.source,
            "status": row.status,
            "code": row.code,
            "because": None if row.code is None else text_of(row.code, **row.params),
        }
        for row in explained.said
    ]
    places = [row.to_json() for row in reaches]
    if show_secrets:
        for place, row in zip(places, reaches, strict=True):
            place["address"] = row.place.address
    return {
        "schema_version": SCHEMA_VERSION,
        "section": "index",
        "settings": settings,
        "unreadable": list(explained.unreadable),
        "merged": {
            row.name: {"value": row.value, "sources": list(row.sources)} for row in explained.merged
        },
        "places": places,
    }


def _said_rows(explained: Explained) -> Iterator[Row]:
    yield Row(text_of("IDX101"), title=True)
    if not explained.said:
        yield Row("  -", text_of("MCH103"), faint=True)
    for row in explained.said:
        lines = _lines(row.value)
        if row.code is not None:
            lines.append(f"({text_of(row.code, **row.params)})")
        name = f"  {row.tool} {row.name}"
        yield Row(name, "\n".join(lines), row.source, faint=row.status != "used")
    for line in explained.unreadable:
        yield Row("  ?", text_of("MCH104", reason=line))


def _merged_rows(explained: Explained) -> Iterator[Row]:
    yield Row(text_of("IDX102"), title=True)
    if not explained.merged:
        yield Row("  -", text_of("IDX108"), faint=True)
    for row in explained.merged:
        yield Row(f"  {row.name}", "\n".join(_lines(row.value)), ", ".join(row.sources))


def _place_rows(reaches: Sequence[Reach], *, show_secrets: bool) -> Iterator[Row]:
    yield Row(text_of("IDX103"), title=True)
    for row in reaches:
        address = row.place.address if show_secrets else row.place.shown
        # Of a folder that is there, there is no more to tell.
        lines = [address, *filter(None, [_answer(row)])]
        if row.follows is not None and row.state != "not_asked":
            lines.append(f"-> {row.follows.text}")
        name = f"  {text_of(_ROLES[row.place.role])}"
        yield Row(name, "\n".join(lines), row.place.source, faint=row.state == "not_asked")


def _answer(row: Reach) -> str:
    if row.state == "not_asked":
        return "" if row.follows is None else row.follows.text
    parts = []
    if row.first_byte_s is not None and row.status is not None:
        parts.append(text_of("IDX109", milliseconds=f"{row.first_byte_s * 1000:.0f}"))
    if row.status is not None:
        parts.append(text_of("IDX110", status=row.status))
    if row.files is not None:
        parts.append(text_of("IDX111", count=row.files))
    if row.sent_to is not None:
        parts.append(text_of("IDX112", place=row.sent_to))
    if row.proxy is not None:
        parts.append(text_of("IDX113", proxy=row.proxy))
    if row.certificate is not None:
        parts.append(text_of("IDX114", until=row.certificate))
    if row.verified is False:
        parts.append(text_of("IDX115"))
    if row.error is not None:
        parts.append(str(row.error))
    return ", ".join(parts)


def _lines(value: Any) -> list[str]:
    if isinstance(value, bool):
        return [text_of("MCH105" if value else "MCH106")]
    if isinstance(value, list):
        return [str(item) for item in value] or [text_of("MCH103")]
    if isinstance(value, dict):
        return [f"{name} = {item}" for name, item in value.items()]
    return [str(value) or text_of("MCH103")]
