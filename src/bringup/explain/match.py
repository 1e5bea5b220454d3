"""One pass over a log: which patterns match, and where. Memory does not grow with the log.

The log is read in blocks of whole lines. A pattern is searched only in blocks that hold all the
words it needs, and no more once it has matched often enough.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import IO, Any, Final

from bringup.explain.causes import Pattern
from bringup.explain.model import Line
from bringup.explain.normal import LINE_CHARS, normalised
from bringup.explain.words import needed_words, words_of

BLOCK_CHARS: Final = 1 << 16
HITS: Final = 6
"""Matches of one pattern that are kept."""
_CARRIED_LINES: Final = 4
"""Lines of a block that are read again with the next: a message may be wrapped at its edge."""
_SHOWN_CHARS: Final = 400

Log = str | bytes | IO[bytes] | IO[str] | Iterable[str] | Iterable[bytes]


@dataclass(frozen=True, slots=True)
class Hit:
    """One match: the line, and what the pattern's named groups caught."""

    line: Line
    values: dict[str, str]


@dataclass(slots=True)
class Matches:
    """Where which patterns matched."""

    hits: dict[Pattern, list[Hit]] = field(default_factory=dict)
    lines_read: int = 0

    def of(self, pattern: Pattern) -> list[Hit]:
        """Return the matches of a pattern, first ones first."""
        return self.hits.get(pattern, [])


def match_log(log: Log, patterns: Iterable[Pattern]) -> Matches:
    """Search a log for patterns.

    Args:
        log: text, bytes, a file, or pieces of text in any cut.
        patterns: what to search for.
    """
    found = Matches()
    waiting = [(pattern, needed_words(pattern.source)) for pattern in patterns]
    seen: set[tuple[Pattern, int]] = set()
    for first_number, block in _blocks(log, found):
        words = words_of(block.encode("utf-8", "replace"))
        candidates = [pattern for pattern, needed in waiting if needed <= words]
        if candidates:
            _search(normalised(block), first_number, candidates, found, seen)
            full = {pattern for pattern in candidates if len(found.of(pattern)) >= HITS}
            if full:
                waiting = [row for row in waiting if row[0] not in full]
    return found


def _search(
    text: str,
    first_number: int,
    patterns: list[Pattern],
    found: Matches,
    seen: set[tuple[Pattern, int]],
) -> None:
    joined: str | None = None
    for pattern in patterns:
        if pattern.joined and joined is None:
            joined = text.replace("\n", " ")
        searched = joined if pattern.joined and joined is not None else text
        hits = found.hits.setdefault(pattern, [])
        position = 0
        compiled = _compiled(pattern.source)
        while len(hits) < HITS and (match := compiled.search(searched, position)) is not None:
            # A message begins on the line that holds its first letter.
            number = first_number + text.count("\n", 0, match.start())
            if (pattern, number) not in seen:
                seen.add((pattern, number))
                hits.append(Hit(_line_at(text, match.start(), number), _values(match)))
            end = text.find("\n", max(match.end() - 1, match.start()))
            if end < 0:
                break
            position = end + 1
        if not hits:
            del found.hits[pattern]


def _values(match: re.Match[str]) -> dict[str, str]:
    return {name: value.strip() for name, value in match.groupdict().items() if value is not None}


def _line_at(text: str, position: int, number: int) -> Line:
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    line = text[start : end if end >= 0 else len(text)].strip()
    return Line(number, line[:_SHOWN_CHARS])


@cache
def _compiled(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE | re.MULTILINE)


def _blocks(log: Log, found: Matches) -> Iterator[tuple[int, str]]:
    """Yield blocks of whole lines with the number of their first line."""
    rest, number, carried = "", 1, ""
    for piece in _pieces(log):
        rest += piece
        while len(rest) >= BLOCK_CHARS:
            cut = rest.rfind("\n", 0, BLOCK_CHARS) + 1
            if not cut:
                # One endless line: its pieces overlap, so that no message is cut in two.
                yield number, _trimmed(rest[:BLOCK_CHARS])
                rest = rest[BLOCK_CHARS - LINE_CHARS :]
                continue
            block, rest = rest[:cut], rest[cut:]
            yield number - carried.count("\n"), carried + _trimmed(block)
            number += block.count("\n")
            carried = _tail(block)
    yield number - carried.count("\n"), carried + _trimmed(rest)
    found.lines_read = number + rest.count("\n") - (0 if rest and not rest.endswith("\n") else 1)


def _tail(block: str) -> str:
    lines = block.splitlines(keepends=True)[-_CARRIED_LINES:]
    return _trimmed("".join(lines))


def _trimmed(block: str) -> str:
    """Cut lines that are longer than any message, keeping their two ends."""
    if len(block) <= LINE_CHARS or max(map(len, block.split("\n"))) <= LINE_CHARS:
        return block
    half = LINE_CHARS // 2
    parts: list[str] = []
    for line in block.split("\n"):
        if len(line) <= LINE_CHARS:
            parts.append(line)
        else:
            # Pieces of an endless line stay whole: its messages may stand anywhere in it.
            pieces = range(0, len(line), half)
            parts.append(" ".join(line[start : start + half] for start in pieces))
    return "\n".join(parts)


def _pieces(log: Log) -> Iterator[str]:
    if isinstance(log, str):
        yield from (log[start : start + BLOCK_CHARS] for start in range(0, len(log), BLOCK_CHARS))
        return
    if isinstance(log, bytes):
        yield from _decoded(
            log[start : start + BLOCK_CHARS] for start in range(0, len(log), BLOCK_CHARS)
        )
        return
    yield from _decoded(_read(log))


def _read(log: Any) -> Iterator[str | bytes]:
    if hasattr(log, "read"):
        while piece := log.read(BLOCK_CHARS):
            yield piece
        return
    yield from log


def _decoded(pieces: Iterator[str | bytes]) -> Iterator[str]:
    """Yield text. Windows shells redirect as UTF-16, which its first bytes tell."""
    decoder: Any = None
    for piece in pieces:
        if isinstance(piece, str):
            yield piece
            continue
        if decoder is None:
            wide = piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
            decoder = codecs.getincrementaldecoder("utf-16" if wide else "utf-8")("replace")
        yield decoder.decode(piece)
    if decoder is not None:
        yield decoder.decode(b"", final=True)
