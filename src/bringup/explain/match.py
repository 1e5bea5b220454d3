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
from bringup.explain.words import WordIndex, Words, bounded, words_of

BLOCK_CHARS: Final = 1 << 16
HITS: Final = 6
"""Matches of one pattern that are kept."""
_CARRIED_LINES: Final = 4
"""Lines of a block that are read again with the next: a message may be wrapped at its edge."""
_SHOWN_CHARS: Final = 400
_REPEATS: Final = 40
"""How often a line is searched that differs in its numbers alone."""
_FORMS: Final = 20_000
"""Forms of lines that are remembered at most."""
_NO_DIGITS: Final = str.maketrans("", "", "0123456789")

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


def match_log(log: Log, patterns: Iterable[Pattern] | WordIndex) -> Matches:
    """Search a log for patterns.

    Args:
        log: text, bytes, a file, or pieces of text in any cut.
        patterns: what to search for.
    """
    found = Matches()
    index = patterns if isinstance(patterns, WordIndex) else index_of(patterns)
    full: set[Pattern] = set()
    lines = _Lines()
    for first_number, block in _blocks(log, found):
        candidates = {
            pattern: words
            for pattern, words in index.candidates(block).items()
            if pattern not in full
        }
        if candidates:
            page = _Page(normalised(lines.fresh(block)), first_number, candidates.values())
            for pattern, words in candidates.items():
                page.search(pattern, words, found)
                if len(found.of(pattern)) >= HITS:
                    full.add(pattern)
    return found


class _Page:
    """A block of a log, with the lines that hold the words that are looked for."""

    def __init__(self, text: str, first_number: int, wanted: Iterable[Words]) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.first_number = first_number
        self._holding: dict[bytes, list[int]] = {}
        words = frozenset[bytes]().union(*wanted)
        for number, line in enumerate(self.lines):
            if line:
                for word in words_of(line.encode("utf-8", "replace")) & words:
                    self._holding.setdefault(word, []).append(number)

    def search(self, pattern: Pattern, words: Words, found: Matches) -> None:
        """Add the matches of a pattern; one line counts once."""
        hits = found.hits.get(pattern, [])
        seen = {hit.line.number for hit in hits}
        search = _compiled(pattern.source).search
        for index in self._places(words):
            line = self._joined(index) if pattern.joined else self.lines[index]
            match = search(line)
            if match is None:
                continue
            at = self._line_of(index, match.start()) if pattern.joined else index
            number = self.first_number + at
            if number in seen:
                continue
            seen.add(number)
            shown = Line(number, self.lines[at].strip()[:_SHOWN_CHARS])
            hits.append(Hit(shown, _values(match)))
            if len(hits) >= HITS:
                break
        if hits:
            found.hits[pattern] = hits

    def _places(self, words: Words) -> Iterable[int]:
        if not words:
            return range(len(self.lines))
        if len(words) == 1:
            (word,) = words
            return self._holding.get(word, ())
        return sorted({place for word in words for place in self._holding.get(word, ())})

    def _joined(self, index: int) -> str:
        """Return a line with its neighbours: the word looked for may stand in the middle."""
        start = max(0, index - _CARRIED_LINES)
        return " ".join(self.lines[start : index + _CARRIED_LINES + 1])

    def _line_of(self, index: int, position: int) -> int:
        at = max(0, index - _CARRIED_LINES)
        while position > len(self.lines[at]) and at < index + _CARRIED_LINES:
            position -= len(self.lines[at]) + 1
            at += 1
        return at


class _Lines:
    """Blanks out lines that have come again and again, but for their numbers.

    A log that repeats itself a million times says no more than one that does so a few times.
    """

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}

    def fresh(self, block: str) -> str:
        """Return the block with tired lines emptied; no line is lost."""
        counts = self._counts
        kept = block.split("\n")
        for number, form in enumerate(block.translate(_NO_DIGITS).split("\n")):
            count = counts.get(form, 0)
            if count >= _REPEATS:
                kept[number] = ""
            elif count or len(counts) < _FORMS:
                counts[form] = count + 1
        return "\n".join(kept)


def index_of(patterns: Iterable[Pattern]) -> WordIndex:
    """Return the patterns by their words, to be used for many logs."""
    return WordIndex((pattern, pattern.source) for pattern in patterns)


def _values(match: re.Match[str]) -> dict[str, str]:
    return {
        name: value.strip() for name, value in match.groupdict().items() if value is not None
    }


@cache
def _compiled(source: str) -> re.Pattern[str]:
    # Messages are made of words: a pattern does not begin or end within one.
    return re.compile(bounded(source), re.IGNORECASE | re.MULTILINE)


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
