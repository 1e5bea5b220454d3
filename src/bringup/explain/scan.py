"""Which patterns match a log, and where: one pass, in bounded memory, fast where nothing matches.

A block's words are looked up first. Only patterns whose words are all there are tried, and only
on lines that hold these words. Of a pattern's matches the first ones of different looks are kept,
and the last one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from bringup.explain.linear import compiled
from bringup.explain.model import Library, Pattern
from bringup.explain.normal import clean_bytes, normal_line
from bringup.explain.reader import Block, pieces_of
from bringup.explain.schema import MAX_SPAN
from bringup.explain.words import WORD, Need

CROWD: Final = 32
"""A long line is cut where a word of the pattern stands in it for the time after this."""
PATIENCE_BYTES: Final = 1 << 20
"""What a pattern may look through in vain before it is tried on a block's last line only."""
HITS: Final = 12
"""Matches of one pattern that are kept, besides the last one."""
TRIES: Final = 64
"""Matches after which only a block's last line is tried."""
_LAST_LINES: Final = 64
_TEXT: Final = 2000
_KNOWN_WORDS: Final = 50_000
_KNOWN_LINES: Final = 4096
_NO_LETTERS: Final = bytes(
    byte if 97 <= byte <= 122 or byte >= 128 else byte + 32 if 65 <= byte <= 90 else 32
    for byte in range(256)
)
_DIGITS: Final = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Hit:
    """One match: the line (from 1), its text as patterns see it, the values extracted."""

    number: int
    text: str
    values: dict[str, str]


@dataclass(slots=True)
class Hits:
    """The matches of one pattern."""

    kept: list[Hit] = field(default_factory=list)
    last: Hit | None = None
    count: int = 0
    _looks: set[str] = field(default_factory=set)

    def add(self, hit: Hit) -> None:
        """Note a match."""
        self.count += 1
        self.last = hit
        look = _DIGITS.sub("0", hit.text[:400])
        if len(self.kept) < HITS and (look not in self._looks or self.count <= 2):
            self._looks.add(look)
            self.kept.append(hit)

    def __iter__(self) -> Iterator[Hit]:
        yield from self.kept
        if self.last is not None and self.last not in self.kept:
            yield self.last


class Vocabulary:
    """Which of the wanted words are parts of a log's words."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self._starts: dict[bytes, list[bytes]] = defaultdict(list)
        for word in sorted(set(words)):
            self._starts[word[:WORD]].append(word)
        self._known: dict[bytes, tuple[bytes, ...]] = {}

    def found_in(self, words: set[bytes]) -> set[bytes]:
        """Return the wanted words that are in any of ``words``."""
        known = self._known
        new = words.difference(known)
        if new:
            if len(known) + len(new) > _KNOWN_WORDS:
                known.clear()
                new = words
            for word in new:
                known[word] = self._parts(word) if len(word) >= WORD else ()
        found: set[bytes] = set()
        for word in words:
            if parts := known[word]:
                found.update(parts)
        return found

    def _parts(self, word: bytes) -> tuple[bytes, ...]:
        starts = self._starts
        return tuple(
            wanted
            for start in range(len(word) - WORD + 1)
            for wanted in starts.get(word[start : start + WORD], ())
            if word.startswith(wanted, start)
        )


@dataclass(slots=True)
class _Entry:
    pattern: Pattern
    need: Need
    hits: Hits = field(default_factory=Hits)
    vain: int = 0

    def search(self, text: str) -> re.Match[str] | None:
        match = _compiled(self.pattern.text).search(self._bearable(text))
        if match is None:
            self.vain += len(text)
        return match

    @property
    def tired(self) -> bool:
        """It has matched often enough, or not at all for long enough."""
        return self.hits.count >= TRIES or self.vain >= PATIENCE_BYTES

    def _bearable(self, text: str) -> str:
        """Return a text in which no word of the pattern crowds: what makes a pattern slow."""
        if len(text) <= _TEXT:
            return text
        lower = text.lower()
        for word in (word.decode() for clause in self.need.clauses for word in clause):
            if lower.count(word) > CROWD:
                parts = lower.split(word, CROWD)
                text = text[: len(text) - len(parts[-1])]
                lower = text.lower()
        return text


_COMPILED: Final[dict[str, re.Pattern[str]]] = {}


def _compiled(text: str) -> re.Pattern[str]:
    if text not in _COMPILED:
        _COMPILED[text] = compiled(text)
    return _COMPILED[text]


class Scan:
    """One pass over one log."""

    def __init__(self, library: Library, more: Mapping[Pattern, Need] | None = None) -> None:
        """Begin; ``more`` are patterns beside those of the library."""
        needs = {**library.needs, **(more or {})}
        self._entries = [_Entry(pattern, need) for pattern, need in needs.items()]
        self._by_key: dict[bytes, list[_Entry]] = defaultdict(list)
        solid: set[bytes] = set()
        words: set[bytes] = set()
        for entry in self._entries:
            for text in entry.need.clauses[0]:
                self._by_key[text].append(entry)
            words.update(text for clause in entry.need.words for text in clause)
            solid.update(text for clause in entry.need.solid for text in clause)
        self._vocabulary = Vocabulary(words)
        self._solid = sorted(solid)
        self._carry: list[bytes] = []
        self._missed: dict[bytes, set[int]] = {}
        self.lines = 0

    def hits(self) -> dict[Pattern, Hits]:
        """Return the matches so far, patterns without one left out."""
        return {entry.pattern: entry.hits for entry in self._entries if entry.hits.count}

    def feed(self, block: Block, *, last: bool = True) -> None:
        """Look through one block; blocks come in order. The last one is looked through whole."""
        data = clean_bytes(block.data)
        carry = self._carry
        whole = b"".join((*carry, data)) if carry else data
        found = self._vocabulary.found_in(set(whole.translate(_NO_LETTERS).split()))
        lower = whole.lower()
        found.update(text for text in self._solid if text in lower)
        entries = self._candidates(found)
        if entries:
            _Page(self, whole, lower, block.number, len(carry)).read(entries, whole=last)
        self.lines = block.number + block.data.count(b"\n")
        lines = [line + b"\n" for line in data[-MAX_SPAN * 1024 :].split(b"\n")[:-1]]
        self._carry = [] if block.goes_on else (carry + lines)[-(MAX_SPAN - 1) :]

    def _candidates(self, found: set[bytes]) -> list[_Entry]:
        seen: dict[int, _Entry] = {}
        for key in found:
            for entry in self._by_key.get(key, ()):
                if all(any(text in found for text in clause) for clause in entry.need.clauses):
                    seen[id(entry)] = entry
        return list(seen.values())

    def missed(self, line: bytes) -> set[int]:
        """Return which entries (by ``id``) did not match a line that looked just like this."""
        found = self._missed.get(line)
        if found is None:
            if len(self._missed) >= _KNOWN_LINES:
                self._missed.clear()
            found = self._missed[line] = set()
        return found


class _Page:
    """The lines of one block, with the last ones of the block before."""

    def __init__(self, scan: Scan, whole: bytes, lower: bytes, number: int, carried: int) -> None:
        self._scan = scan
        self._lower = lower
        self._lines = whole.split(b"\n")
        self._lower_lines = lower.split(b"\n")
        self._starts: list[int] = []
        position = 0
        for line in self._lines:
            self._starts.append(position)
            position += len(line) + 1
        self._first = number - carried
        self._carried = carried
        self._normal: dict[int, list[str]] = {}
        self._places: dict[bytes, list[int]] = {}

    def read(self, entries: list[_Entry], *, whole: bool) -> None:
        """Try patterns on the lines that hold their words."""
        for entry in entries:
            lines = self._lines_with(entry.need.clauses[0])
            if entry.tired:
                lines = lines[-_LAST_LINES:] if whole else lines[-1:]
            if entry.pattern.span == 1:
                self._single(entry, lines)
            else:
                self._joined(entry, lines)

    def _lines_with(self, clause: tuple[bytes, ...]) -> list[int]:
        if len(clause) == 1:
            return self._lines_with_text(clause[0])
        return sorted({line for text in clause for line in self._lines_with_text(text)})

    def _lines_with_text(self, text: bytes) -> list[int]:
        if text in self._places:
            return self._places[text]
        lower, starts = self._lower, self._starts
        found: list[int] = []
        position = lower.find(text)
        while position >= 0:
            line = bisect_right(starts, position) - 1
            found.append(line)
            if line + 1 >= len(starts):
                break
            position = lower.find(text, starts[line + 1])
        self._places[text] = found
        return found

    def _single(self, entry: _Entry, lines: list[int]) -> None:
        rest = entry.need.clauses[1:]
        for index in lines:
            if index < self._carried:
                continue
            lower = self._lower_lines[index]
            if rest and not all(any(text in lower for text in clause) for clause in rest):
                continue
            missed = self._scan.missed(self._lines[index])
            if id(entry) in missed:
                continue
            for text in self._normal_lines(index):
                if match := entry.search(text):
                    self._note(entry, index, text, match)
                    break
            else:
                missed.add(id(entry))
            if entry.hits.count == TRIES and index != lines[-1]:
                self._single(entry, lines[-1:])
                return

    def _joined(self, entry: _Entry, lines: list[int]) -> None:
        span = entry.pattern.span
        done = -1
        for index in lines:
            first = max(done + 1, index - span + 1, self._carried - span + 1, 0)
            for start in range(first, index + 1):
                if self._window(entry, start, span):
                    done = index + span - 1
                    break
                done = start

    def _window(self, entry: _Entry, start: int, span: int) -> bool:
        """Try the lines from ``start`` on, joined; say whether they matched."""
        stop = min(start + span, len(self._lines))
        if stop <= self._carried:
            return False
        lower = b"\n".join(self._lower_lines[start:stop])
        clauses = entry.need.clauses
        if not all(any(text in lower for text in clause) for clause in clauses):
            return False
        parts = [self._normal_lines(index)[-1] for index in range(start, stop)]
        text = " ".join(filter(None, parts))
        match = entry.search(text)
        if match is None:
            return False
        ends = accumulate(len(part) + bool(part) for part in parts)
        index = start + sum(end <= match.start() for end in ends)
        number = self._first + index
        if any(hit.number == number for hit in entry.hits):
            return True
        self._note(entry, index, text, match)
        return True

    def _normal_lines(self, index: int) -> list[str]:
        """Return what a line shows: what a progress bar has overwritten is a piece of its own."""
        if index not in self._normal:
            raw = self._lines[index].rstrip(b"\r")
            parts = raw.split(b"\r") if b"\r" in raw else [raw]
            pieces = [piece for part in parts for piece in pieces_of(part)]
            self._normal[index] = [normal_line(piece) for piece in pieces]
        return self._normal[index]

    def _note(self, entry: _Entry, index: int, text: str, match: re.Match[str]) -> None:
        values = {name: value for name, value in match.groupdict().items() if value is not None}
        if len(text) > _TEXT:
            start = max(0, match.start() - _TEXT // 2)
            text = text[start : start + _TEXT]
        entry.hits.add(Hit(self._first + index, text, values))
