"""A text file with its lines, and marks on them: the line with a caret under what is meant."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Self

from bringup.project.positions import Span

_WIDEST: Final = 100
"""Columns of a source line that are shown; a longer line is cut around its mark."""
_BEFORE: Final = 30
"""Columns kept before the mark in a line that is cut."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a file: line and column count from 1, in characters; ``length`` is at least 1."""

    file: str
    line: int
    column: int
    length: int
    source: str

    @property
    def place(self) -> str:
        """``file:line:column``, which terminals and editors make a link."""
        return f"{self.file}:{self.line}:{self.column}"

    def excerpt(self) -> str:
        """Return the source line with its number, and the carets on the line below."""
        before, marked, after = self._parts()
        source = f"{self.line:>7} | {before}{marked}{after}".rstrip()
        # A tab stays a tab and a wide character takes two cells, so that the carets stand right.
        gap = "".join(char if char == "\t" else " " * _cells(char) for char in before)
        return f"{source}\n{'':7} | {gap}{'^' * max(1, sum(map(_cells, marked)))}"

    def _parts(self) -> tuple[str, str, str]:
        start = self.column - 1
        end = start + self.length
        before, marked, after = self.source[:start], self.source[start:end], self.source[end:]
        if len(self.source) <= _WIDEST:
            return before, marked, after
        if len(before) > _BEFORE:
            before = "..." + before[-_BEFORE:]
        marked = marked[: _WIDEST - _BEFORE]
        room = _WIDEST - len(before) - len(marked)
        return before, marked, after if len(after) <= room else after[:room] + "..."


@dataclass(frozen=True)
class Source:
    """A file's text, with ``\\n`` as the end of each line, and the name to show for it."""

    name: str
    text: str

    @classmethod
    def of(cls, path: Path, text: str) -> Self:
        """Name the file as seen from the current folder."""
        return cls(shown(path), text.replace("\r\n", "\n"))

    @cached_property
    def lines(self) -> list[str]:
        """The lines without their ends."""
        return self.text.split("\n")

    @cached_property
    def _starts(self) -> list[int]:
        starts = [0]
        for line in self.lines:
            starts.append(starts[-1] + len(line) + 1)
        return starts

    def mark(self, span: Span) -> Mark:
        """Mark characters of the text; of several lines, what is on the first one."""
        line = bisect_right(self._starts, span.start, hi=len(self.lines))
        column = span.start - self._starts[line - 1] + 1
        source = self.lines[line - 1]
        length = min(span.end - span.start, len(source) - column + 1)
        return Mark(self.name, line, column, max(1, length), source)

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a line and column that count from 1; past the end means the end."""
        line = min(line, len(self.lines))
        return min(self._starts[line - 1] + column - 1, len(self.text))


def shown(path: Path) -> str:
    """Return the name to show for a path: relative where it stands below the current folder."""
    path = path.absolute()
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def _cells(char: str) -> int:
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
