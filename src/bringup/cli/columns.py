"""Three columns of text for a terminal or a pipe.

rich would draw them too, but takes a third of the time that ``bringup probe`` may take in all
(see ``benchmarks/startup.py``).
"""

from __future__ import annotations

import os
import shutil
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Final

_GAP: Final = "  "
_STYLES: Final = {"bold": "\033[1m", "dim": "\033[2m", "cyan": "\033[36m"}
_RESET: Final = "\033[0m"
_LEAST_WIDTH: Final = 60
_SOURCE_SHARE: Final = 0.4


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``title`` rows have a text in the first column only."""

    name: str
    value: str = ""
    source: str = ""
    title: bool = False
    faint: bool = False


def lines_of(rows: list[Row], *, width: int | None, colour: bool) -> Iterator[str]:
    """Lay the rows out.

    Args:
        rows: what to show; a line break in a value starts a line of its own.
        width: columns of the terminal; None writes every line in full.
        colour: whether to use the terminal's styles.
    """
    facts = [row for row in rows if not row.title]
    name_width = max((cells(row.name) for row in facts), default=0)
    value_width = max((cells(line) for row in facts for line in _split(row.value)), default=0)
    source_width: int | None = None
    if width is not None:
        room = max(width, _LEAST_WIDTH) - name_width - 2 * len(_GAP)
        sources = max((cells(row.source) for row in facts), default=0)
        source_width = min(sources, max(int(room * _SOURCE_SHARE), room - value_width))
        value_width = min(value_width, room - source_width)
    for row in rows:
        if row.title:
            yield _styled(row.name, "bold", colour)
            continue
        values = [part for line in _split(row.value) for part in _wrap(line, value_width)]
        sources_lines = _wrap(row.source, source_width)
        for index in range(max(len(values), len(sources_lines))):
            name = row.name if index == 0 else ""
            value = values[index] if index < len(values) else ""
            source = sources_lines[index] if index < len(sources_lines) else ""
            cut = [
                _styled(_pad(name, name_width), "cyan", colour and bool(name)),
                _styled(_pad(value, value_width), "dim", colour and row.faint),
                _styled(source, "dim", colour and bool(source)),
            ]
            yield _GAP.join(cut).rstrip()


def width_of(stream: IO[str]) -> int | None:
    """Return the columns of the terminal behind ``stream``, None when there is no terminal."""
    return shutil.get_terminal_size().columns if stream.isatty() else None


def wants_colour(stream: IO[str], env: Mapping[str, str] = os.environ) -> bool:
    """Say whether styles are wanted: a terminal, and nobody said no (NO_COLOR, TERM=dumb)."""
    return stream.isatty() and not env.get("NO_COLOR") and env.get("TERM") != "dumb"


def cells(text: str) -> int:
    """Return the columns that ``text`` takes; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def _split(text: str) -> list[str]:
    return text.split("\n")


def _pad(text: str, width: int) -> str:
    return text + " " * (width - cells(text))


def _styled(text: str, style: str, wanted: bool) -> str:
    return f"{_STYLES[style]}{text}{_RESET}" if wanted and text else text


def _wrap(text: str, width: int | None) -> list[str]:
    """Cut a line into parts of at most ``width`` columns, at spaces where there are some."""
    if width is None or cells(text) <= width:
        return [text]
    parts: list[str] = []
    for word in text.split(" "):
        joined = f"{parts[-1]} {word}" if parts else word
        if parts and cells(joined) <= width:
            parts[-1] = joined
        else:
            parts += _pieces(word, width)
    return parts


def _pieces(word: str, width: int) -> Iterator[str]:
    piece = ""
    for letter in word:
        if cells(piece + letter) > width:
            yield piece
            piece = ""
        piece += letter
    yield piece
