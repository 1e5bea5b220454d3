"""Which patterns match a log, and where: one pass, in bounded memory, fast where nothing matches.

Of lines that differ in numbers only, the first ones are looked at, and the last one of each block.
The words of these lines are looked up first: only patterns whose words are all there are tried,
and only on lines that hold these words. Of a pattern's matches the first ones of different looks
are kept, and the last one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final

from bringup.explain.linear import compiled
from bringup.explain.model import MAX_SPAN, Pattern
from bringup.explain.normal import clean_bytes, normal_line
from bringup.explain.reader import LINE_BYTES, Block, pieces_of
from bringup.explain.vocabulary import Vocabulary
from bringup.explain.words import Need

SAME: Final = 16
"""Lines of one shape that are looked at; later ones only where they are a block's last."""
CROWD: Final = 32
"""A long line is cut where a word of the pattern stands in it for the time after this."""
PATIENCE_BYTES: Final = 1 << 16
"""What a pattern may look through in vain before it is tried only now and then."""
HITS: Final = 12
"""Matches of one pattern that are kept, besides the last one."""
TRIES: Final = 64
"""Matches after which a pattern is tried only now and then."""
_NOW_AND_THEN: Final = 8
"""So many blocks, and of each the last line that can match."""
_GLANCE_BYTES: Final = 16
"""What it costs to see that a line lacks some of the words."""
_LAST_LINES: Final = 64
_ENDS: Final = 60
"""Lines that are kept from the beginning and from the end of a log."""
_TEXT: Final = 2000
_SHAPES: Final = 50_000
_VARYING: Final = b"0123456789abcdefABCDEF.,:;+-_ \t\r"
"""What may differ in lines of one shape: numbers in any notation, and what goes with them."""
_DIGITS: Final = re.compile(r"\d+")
_SIGNS: Final = re.compile(rb"[.:_\t-]")
_CODED: Final = 60
"""Characters after which a line without any blank or other sign is no message."""
_SHORT_WORD: Final = re.compile(rb"[a-z\x80-\xff]{2,}")


@dataclass(frozen=True, slots=True)
class Hit:
    """One match: the line (from 1), its text as patterns see it, the values extracted."""

    number: int
    text: str
    values: dict[str, str]
    start: int = 0
    end: int = 0
    """Where in the text the match is."""


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


class Index:
    """Which patterns to try where certain words stand: made once, for any number of logs."""

    def __init__(self, needs: Mapping[Pattern, Need]) -> None:
        self.patterns = tuple(needs.items())
        self.by_key: dict[bytes, list[int]] = defaultdict(list)
        self.solid: dict[bytes, bytes | None] = {}
        words: set[bytes] = set()
        for number, need in enumerate(needs.values()):
            for text in need.clauses[0]:
                self.by_key[text].append(number)
            words.update(text for clause in need.words for text in clause)
            for text in (text for clause in need.solid for text in clause):
                gates = _SHORT_WORD.findall(text)
                self.solid[text] = max(gates, key=len) if gates else None
        words.update(gate for gate in self.solid.values() if gate)
        self.vocabulary = Vocabulary(words)

    def candidates(self, text: bytes, asleep: set[int]) -> list[int]:
        """Return the numbers of the patterns whose words stand in a text of lower case.

        Those of ``asleep`` are left out.
        """
        found = self.vocabulary.found_in(text)
        for solid, gate in self.solid.items():
            if (gate is None or gate in found) and solid in text:
                found.add(solid)
        numbers: set[int] = set()
        for key in found:
            for number in self.by_key.get(key, ()):
                if number in asleep:
                    continue
                pattern, need = self.patterns[number]
                # The other words may stand on lines of the block before, or on lines passed over.
                if pattern.span > 1 or _all_found(found, need.clauses):
                    numbers.add(number)
        return sorted(numbers)


def _all_found(found: set[bytes], clauses: tuple[tuple[bytes, ...], ...]) -> bool:
    return all(not found.isdisjoint(clause) for clause in clauses)


class Scan:
    """One pass over one log."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._entries: dict[int, _Entry] = {}
        self._carry: list[tuple[int, bytes]] = []
        self._shapes: dict[int, int] = {}
        self._asleep: set[int] = set()
        self._head: list[tuple[int, bytes]] = []
        self._tail: deque[tuple[int, bytes]] = deque(maxlen=_ENDS)
        self._blocks = 0
        self.lines = 0

    def hits(self) -> dict[Pattern, Hits]:
        """Return the matches so far, patterns without one left out."""
        return {
            entry.pattern: entry.hits
            for _, entry in sorted(self._entries.items())
            if entry.hits.count
        }

    def feed(self, block: Block, *, last: bool = True) -> None:
        """Look through one block; blocks come in order. The last one is looked through whole."""
        lines = [*self._carry, *_numbered(block)]
        active = self._active(lines, len(self._carry))
        self._keep_ends(lines, active)
        lower = b"\n".join([lines[index][1] for index in active]).lower()
        # Patterns that are tired sleep for a while; the end of the log wakes them.
        if last or self._blocks % _NOW_AND_THEN == 0:
            self._asleep.clear()
        entries = {
            number: self._entry(number) for number in self._index.candidates(lower, self._asleep)
        }
        if entries:
            page = _Page(lines, active, lower, len(self._carry))
            page.read(entries.values(), whole=last)
            self._asleep.update(number for number, entry in entries.items() if entry.tired)
        self._blocks += 1
        self.lines = block.number + block.data.count(b"\n") - block.data.endswith(b"\n")
        self._carry = [] if block.goes_on else lines[-(MAX_SPAN - 1) :]

    def ends(self) -> list[tuple[int, str]]:
        """Return the first and the last lines of different shapes, as patterns see them."""
        return [(number, normal_line(line)[:_TEXT]) for number, line in (*self._head, *self._tail)]

    def _keep_ends(self, lines: list[tuple[int, bytes]], active: list[int]) -> None:
        room = _ENDS - len(self._head)
        self._head.extend(lines[index] for index in active[:room])
        self._tail.extend(lines[index] for index in active[room:][-_ENDS:])

    def _active(self, lines: list[tuple[int, bytes]], carried: int) -> list[int]:
        """Return which lines to look at."""
        shapes = self._shapes
        if len(shapes) > _SHAPES:
            shapes.clear()
        active: list[int] = []
        latest: dict[int, int] = {}
        for index in range(carried, len(lines)):
            line = lines[index][1]
            if len(line) > _CODED and _is_coded(line):
                continue
            shape = hash(line.translate(None, _VARYING))
            seen = shapes.get(shape, 0)
            if seen < SAME:
                shapes[shape] = seen + 1
                active.append(index)
            else:
                latest[shape] = index
        return sorted((*active, *latest.values())) if latest else active

    def _entry(self, number: int) -> _Entry:
        entry = self._entries.get(number)
        if entry is None:
            entry = self._entries[number] = _Entry(*self._index.patterns[number])
        return entry


def _is_coded(line: bytes) -> bool:
    """Say whether a long line is base64 or the like, not words."""
    return b" " not in line and line.isascii() and not _SIGNS.search(line)


def _numbered(block: Block) -> list[tuple[int, bytes]]:
    """Return the lines of a block with their numbers.

    What a progress bar has overwritten is a line of its own with the same number, and so are the
    pieces of a line that is too long.
    """
    data = clean_bytes(block.data)
    raw = data.split(b"\n")
    if not raw[-1]:
        raw.pop()
    returns = b"\r" in data
    found: list[tuple[int, bytes]] = []
    for number, line in enumerate(raw, block.number):
        if returns and b"\r" in line:
            parts = [part for part in line.split(b"\r") if part] or [b""]
            found.extend((number, piece) for part in parts for piece in pieces_of(part))
        elif len(line) > LINE_BYTES:
            found.extend((number, piece) for piece in pieces_of(line))
        else:
            found.append((number, line))
    return found


class _Page:
    """The lines of one block, after the last ones of the block before."""

    def __init__(
        self, lines: list[tuple[int, bytes]], active: list[int], lower: bytes, carried: int
    ) -> None:
        self._lines = lines
        self._active = active
        self._lower = lower
        self._lower_lines = lower.split(b"\n")
        self._starts = [0, *accumulate(len(line) + 1 for line in self._lower_lines)][:-1]
        self._carried = carried
        self._normal: dict[int, str] = {}
        self._places: dict[bytes, list[int]] = {}

    def read(self, entries: Iterable[_Entry], *, whole: bool) -> None:
        """Try patterns on the lines that hold their words; tired ones on the last lines only."""
        for entry in entries:
            key = entry.need.clauses[0]
            if entry.tired and not whole:
                places = [max(self._place(self._lower.rfind(text)) for text in key)]
            else:
                places = self._places_of(key)
                if entry.tired:
                    places = places[-_LAST_LINES:]
            if entry.pattern.span == 1:
                self._single(entry, places)
            else:
                self._joined(entry, [self._active[place] for place in places])

    def _places_of(self, clause: tuple[bytes, ...]) -> list[int]:
        """Return which of the active lines hold a word of a clause."""
        if len(clause) == 1:
            return self._places_with(clause[0])
        return sorted({place for text in clause for place in self._places_with(text)})

    def _place(self, position: int) -> int:
        return bisect_right(self._starts, position) - 1

    def _places_with(self, text: bytes) -> list[int]:
        if text in self._places:
            return self._places[text]
        lower, starts = self._lower, self._starts
        found: list[int] = []
        position = lower.find(text)
        while position >= 0:
            place = self._place(position)
            found.append(place)
            if place + 1 >= len(starts):
                break
            position = lower.find(text, starts[place + 1])
        self._places[text] = found
        return found

    def _single(self, entry: _Entry, places: list[int]) -> None:
        rest = entry.need.clauses[1:]
        for place in places:
            if rest and not _holds(self._lower_lines[place], rest):
                entry.vain += _GLANCE_BYTES
            else:
                index = self._active[place]
                text = self._normal_line(index)
                if match := entry.search(text):
                    _note(entry, self._lines[index][0], text, match)
            if entry.tired and place < places[-_LAST_LINES:][0]:
                # It grew tired just here: the block's end is still looked at.
                self._single(entry, places[-1:])
                return

    def _joined(self, entry: _Entry, indices: list[int]) -> None:
        span = entry.pattern.span
        done = -1
        for index in indices:
            first = max(done + 1, index - span + 1, self._carried - span + 1, 0)
            for start in range(first, index + 1):
                done = start
                if self._window(entry, start, min(start + span, len(self._lines))):
                    done = index
                    break

    def _window(self, entry: _Entry, start: int, stop: int) -> bool:
        """Try the lines from ``start`` up to ``stop``, joined; say whether they matched."""
        if stop <= self._carried:
            return False
        lower = b"\n".join([line for _, line in self._lines[start:stop]]).lower()
        if not _holds(lower, entry.need.clauses):
            entry.vain += _GLANCE_BYTES
            return False
        parts = [self._normal_line(index) for index in range(start, stop)]
        text = " ".join(filter(None, parts))
        match = entry.search(text)
        if match is None:
            return False
        ends = list(accumulate(len(part) + bool(part) for part in parts))
        first = min(len(parts) - 1, sum(end <= match.start() for end in ends))
        last = min(len(parts) - 1, sum(end < match.end() for end in ends))
        number = self._lines[start + first][0]
        if all(hit.number != number for hit in entry.hits):
            told = " ".join(filter(None, parts[first : last + 1]))
            _note(entry, number, told, match)
        return True

    def _normal_line(self, index: int) -> str:
        text = self._normal.get(index)
        if text is None:
            text = self._normal[index] = normal_line(self._lines[index][1])
        return text


def _holds(text: bytes, clauses: tuple[tuple[bytes, ...], ...]) -> bool:
    """Say whether a text has a word of each clause."""
    for clause in clauses:
        for word in clause:
            if word in text:
                break
        else:
            return False
    return True


def _note(entry: _Entry, number: int, text: str, match: re.Match[str]) -> None:
    values = {name: value for name, value in match.groupdict().items() if value is not None}
    if len(text) > _TEXT:
        start = max(0, text.find(match[0]) - _TEXT // 2)
        text = text[start : start + _TEXT]
    start = max(0, text.find(match[0]))
    entry.hits.add(Hit(number, text, values, start, min(len(text), start + len(match[0]))))
