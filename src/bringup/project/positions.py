"""Where each key and value of a TOML text stands; tomllib and tomlkit do not tell.

The scanner trusts that the text is TOML: ``tomllib`` judges that. On a broken text it stops where
it no longer understands, and gives what it has found so far.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from typing import Final

KeyPath = tuple[str | int, ...]
"""Names of tables and keys, with the index where an array is entered."""

_BLANK: Final = re.compile(r"[ \t]*")
_BLANK_LINES: Final = re.compile(r"(?:[ \t\n]|#[^\n]*)*")
_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_PLAIN_VALUE: Final = re.compile(r"[^,\]}#\n]+")
_STRING: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}'  # up to two quotes may touch the closing three
    r"|'''(?:[^']|'(?!''))*'{3,5}"
    r'|"(?:[^"\\\n]|\\[^\n])*"'
    r"|'[^'\n]*'",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Span:
    """Characters ``start`` up to but without ``end`` of the text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a key stands, and its value; a table that has a header has no value."""

    key: Span
    value: Span | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """A key or table that is given a second time."""

    path: KeyPath
    first: Span
    second: Span


@dataclass(frozen=True, slots=True)
class Positions:
    """All entries of a text by their key path, what was given twice, where understanding ended."""

    entries: dict[KeyPath, Entry]
    repeats: list[Repeat]
    stopped_at: int | None = None


class _NotUnderstoodError(Exception):
    """The text is no TOML from here on."""


def find_positions(text: str) -> Positions:
    """Return where each key and value of ``text`` stands; its lines end with ``\\n`` alone."""
    scanner = _Scanner(text)
    stopped_at = None
    try:
        scanner.document()
    except _NotUnderstoodError:
        stopped_at = scanner.at
    return Positions(scanner.entries, scanner.repeats, stopped_at)


@dataclass
class _Scanner:
    text: str
    at: int = 0
    entries: dict[KeyPath, Entry] = field(default_factory=dict)
    repeats: list[Repeat] = field(default_factory=list)
    given: set[KeyPath] = field(default_factory=set)
    """Paths that stand in the text themselves, not only as the beginning of a longer one."""
    lengths: dict[KeyPath, int] = field(default_factory=dict)
    """How many tables each array of tables has so far."""

    def document(self) -> None:
        """Scan the whole text."""
        table: KeyPath = ()
        while True:
            self.skip(_BLANK_LINES)
            if self.at == len(self.text):
                return
            if self.peek("["):
                table = self.header()
            else:
                self.key_and_value(table)
            self.skip(_BLANK)
            if not self.peek("#") and not self.peek("\n") and self.at < len(self.text):
                raise _NotUnderstoodError

    def header(self) -> KeyPath:
        """Scan ``[a.b]`` or ``[[a.b]]``; return the path of the table that it opens."""
        brackets = 2 if self.peek("[[") else 1
        self.at += brackets
        names = self.key()
        self.expect("]" * brackets)
        path: KeyPath = ()
        for name, span in names[:-1]:
            path = self.inside((*path, name), span)
        name, span = names[-1]
        path = (*path, name)
        if brackets == 1:
            self.give(path, Entry(span))
            return path
        index = self.lengths.get(path, 0)
        self.lengths[path] = index + 1
        self.entries.setdefault(path, Entry(span))
        self.entries[*path, index] = Entry(span)
        return (*path, index)

    def key_and_value(self, table: KeyPath) -> None:
        """Scan ``a.b = value`` inside ``table``."""
        names = self.key()
        self.expect("=")
        self.skip(_BLANK)
        path = table
        for name, span in names[:-1]:
            path = self.inside((*path, name), span)
        name, span = names[-1]
        path = (*path, name)
        # Before the value, so that a key whose value is broken is known too.
        self.give(path, Entry(span))
        value = self.value(path)
        if self.entries[path].key == span:
            self.entries[path] = Entry(span, value)

    def key(self) -> list[tuple[str, Span]]:
        """Scan a dotted key: its names, and where each stands."""
        names = []
        while True:
            self.skip(_BLANK)
            start = self.at
            if self.peek('"') or self.peek("'"):
                self.take(_STRING)
                name = _decoded(self.text[start : self.at])
            else:
                name = self.take(_BARE_KEY)
            names.append((name, Span(start, self.at)))
            self.skip(_BLANK)
            if not self.peek("."):
                return names
            self.at += 1

    def value(self, path: KeyPath) -> Span:
        """Scan one value, and what an array or an inline table holds."""
        start = self.at
        if self.peek('"') or self.peek("'"):
            self.take(_STRING)
        elif self.peek("["):
            self.array(path)
        elif self.peek("{"):
            self.inline_table(path)
        else:
            plain = self.take(_PLAIN_VALUE)
            self.at -= len(plain) - len(plain.rstrip())
        return Span(start, self.at)

    def array(self, path: KeyPath) -> None:
        """Scan ``[1, 2]``."""
        self.at += 1
        index = 0
        while self.more("]"):
            item = (*path, index)
            span = self.value(item)
            self.entries[item] = Entry(span, span)
            index += 1
            self.separator("]")

    def inline_table(self, path: KeyPath) -> None:
        """Scan ``{a = 1, b = 2}``."""
        self.at += 1
        while self.more("}"):
            self.key_and_value(path)
            self.separator("}")

    def more(self, closing: str) -> bool:
        """Say whether an item follows; take ``closing`` when none does."""
        self.skip(_BLANK_LINES)
        if not self.peek(closing):
            return True
        self.at += 1
        return False

    def separator(self, closing: str) -> None:
        """Take the comma after an item; only ``closing`` may stand there instead."""
        self.skip(_BLANK_LINES)
        if self.peek(","):
            self.at += 1
        elif not self.peek(closing):
            raise _NotUnderstoodError

    def inside(self, path: KeyPath, span: Span) -> KeyPath:
        """Enter a table by its name; of an array of tables, the last one."""
        self.entries.setdefault(path, Entry(span))
        return (*path, self.lengths[path] - 1) if path in self.lengths else path

    def give(self, path: KeyPath, entry: Entry) -> None:
        """Record what the text gives at ``path``, or that it gives it again."""
        if path in self.given:
            self.repeats.append(Repeat(path, self.entries[path].key, entry.key))
            return
        self.given.add(path)
        self.entries[path] = entry

    def peek(self, text: str) -> bool:
        """Say whether ``text`` comes next."""
        return self.text.startswith(text, self.at)

    def expect(self, text: str) -> None:
        """Take ``text``, after blanks."""
        self.skip(_BLANK)
        if not self.peek(text):
            raise _NotUnderstoodError
        self.at += len(text)

    def skip(self, pattern: re.Pattern[str]) -> None:
        """Go past what matches; the pattern matches the empty text too."""
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at

    def take(self, pattern: re.Pattern[str]) -> str:
        """Take what must match."""
        match = pattern.match(self.text, self.at)
        if match is None:
            raise _NotUnderstoodError
        self.at = match.end()
        return match[0]


def _decoded(quoted: str) -> str:
    try:
        return str(tomllib.loads(f"key = {quoted}")["key"])
    except tomllib.TOMLDecodeError as error:
        raise _NotUnderstoodError from error
