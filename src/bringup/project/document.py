"""``bringup.toml`` as it is written: its values, each with its place. Not yet judged."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from bringup.base.errors import BringupError, ErrorGroup
from bringup.project.faults import ProjectError, Text
from bringup.project.positions import KeyPath, Positions, Span, find_positions
from bringup.project.source import Source

FILE_NAME: Final = "bringup.toml"
PYPROJECT: Final = "pyproject.toml"
PYPROJECT_PREFIX: Final = ("tool", "bringup")

_PLACE: Final = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_TOKEN: Final = re.compile(r"[^\s,#\]}]+")

# What tomllib says -> the code of our text. The first one that is found counts.
_REASONS: Final = {
    r"Illegal character '\\n'|Found invalid character '\\n'|Unterminated string": "PRJ110",
    r"Expected ('\"\"\"'|\"'''\"|'\"'|\"'\")": "PRJ110",
    r"Invalid value": "PRJ111",
    r"Expected '=' after a key": "PRJ112",
    r"Expected newline or end of document": "PRJ113",
    r"Expected '\]\]?' at the end": "PRJ114",
    r"Unclosed array": "PRJ115",
    r"Unclosed inline table": "PRJ116",
    r"Invalid initial character for a key|Invalid statement": "PRJ117",
    r"Unescaped '\\'|Invalid hex value": "PRJ118",
}
_ADVICE: Final = {"PRJ111": "PRJ105", "PRJ118": "PRJ106"}


@dataclass(frozen=True)
class Document:
    """The project's table of a TOML file. Key paths begin inside that table."""

    path: Path
    source: Source
    data: Mapping[str, Any]
    positions: Positions
    prefix: KeyPath = ()

    @property
    def folder(self) -> Path:
        """The folder that holds the file; relative paths in it begin here."""
        return self.path.parent

    def has(self, *path: str | int) -> bool:
        """Say whether the file gives this key or table."""
        return (*self.prefix, *path) in self.positions.entries

    def get(self, *path: str | int) -> Any:
        """Return the value that the file gives, or None."""
        value: Any = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value

    def text(self, *path: str | int) -> str | None:
        """Return the value if it is a string, else None."""
        value = self.get(*path)
        return value if isinstance(value, str) else None

    def texts(self, *path: str | int) -> list[tuple[int, str]]:
        """Return the strings of an array, each with its index; nothing if it is no array."""
        value = self.get(*path)
        items = value if isinstance(value, list) else []
        return [(index, item) for index, item in enumerate(items) if isinstance(item, str)]

    def written(self, *path: str | int) -> str | None:
        """Return the value as it is written in the file, or None."""
        entry = self.positions.entries.get((*self.prefix, *path))
        if entry is None or entry.value is None:
            return None
        return self.source.text[entry.value.start : entry.value.end]

    def table_name(self, *path: str | int) -> str:
        """Return the name of a table as people write it: ``[train]``."""
        return f"[{'.'.join(map(str, (*self.prefix, *path)))}]"

    def fault(
        self,
        code: str,
        path: KeyPath,
        *,
        on: Literal["key", "value"] = "value",
        advice: Text | None = None,
        **params: Any,
    ) -> ProjectError:
        """Return a fault at a key or its value; where there is none, at the table around it."""
        mark = self.source.mark(self._span((*self.prefix, *path), on))
        return ProjectError(code, mark, advice=advice, **params)

    def _span(self, path: KeyPath, on: Literal["key", "value"]) -> Span:
        while path:
            if (entry := self.positions.entries.get(path)) is not None:
                return entry.value if on == "value" and entry.value else entry.key
            path = path[:-1]
        return Span(0, 0)


def read_document(place: Path) -> Document:
    """Read the project file of a folder, or the project file itself.

    Raises:
        BringupError: PRJ001, there is no project; PRJ006, there is no such folder or file;
            PRJ007, the file cannot be read.
        ErrorGroup: the file is not UTF-8 (PRJ002) or not TOML (PRJ003 and others).
    """
    place = place.resolve()
    if not place.exists():
        raise BringupError("PRJ006", path=place)
    if place.is_file():
        document = _read(place)
    elif (place / FILE_NAME).is_file():
        document = _read(place / FILE_NAME)
    elif _mentions_bringup(place / PYPROJECT):
        document = _read(place / PYPROJECT)
    else:
        document = None
    if document is None:
        raise BringupError("PRJ001", folder=place if place.is_dir() else place.parent)
    return document


def _mentions_bringup(path: Path) -> bool:
    # A broken pyproject.toml of a project of ours must be shown, any other is not our affair.
    return path.is_file() and "tool.bringup" in path.read_text(encoding="utf-8", errors="replace")


def _read(path: Path) -> Document | None:
    source = Source.of(path, _decode(path))
    positions = find_positions(source.text)
    try:
        data = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise ErrorGroup([_toml_fault(source, positions, str(error))]) from error
    if path.name != PYPROJECT:
        return Document(path, source, data, positions)
    table = data.get("tool", {}).get("bringup")
    if not isinstance(table, dict):
        return None
    return Document(path, source, table, positions, PYPROJECT_PREFIX)


def _decode(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BringupError("PRJ007", path=path, reason=error.strerror or error) from error
    try:
        # Some editors on Windows begin a file with a byte order mark.
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        source = Source.of(path, data.decode("utf-8", "replace"))
        start = len(data[: error.start].decode("utf-8").replace("\r\n", "\n"))
        mark = source.mark(Span(start, start + 1))
        raise ErrorGroup(
            [ProjectError("PRJ002", mark, byte=f"0x{data[error.start]:02x}")]
        ) from error


def _toml_fault(source: Source, positions: Positions, message: str) -> ProjectError:
    reason = _PLACE.sub("", message)
    if positions.repeats and re.match(r"Cannot|Duplicate", reason):
        repeat = positions.repeats[0]
        first = source.mark(repeat.first).line
        mark = source.mark(repeat.second)
        return ProjectError("PRJ004", mark, key=repeat.path[-1], first=first)
    place = _PLACE.search(message)
    end = len(source.text.rstrip())
    start = source.offset(int(place[1]), int(place[2])) if place and place[1] else end
    code = next((code for form, code in _REASONS.items() if re.match(form, reason)), None)
    if code == "PRJ110" and positions.stopped_at is not None:
        # tomllib points to where the string should have ended, people look where it begins.
        start = positions.stopped_at
        mark = source.mark(Span(start, len(source.text)))
    elif reason.startswith("Unescaped"):
        # tomllib points behind the backslash and the character after it.
        mark = source.mark(Span(max(0, start - 2), start))
    else:
        token = _TOKEN.match(source.text, start)
        mark = source.mark(Span(start, token.end() if token else start + 1))
    if code is None:
        return ProjectError("PRJ003", mark, reason=reason)
    advice = Text(_ADVICE[code]) if code in _ADVICE else None
    return ProjectError("PRJ003", mark, reason=Text(code), advice=advice)
