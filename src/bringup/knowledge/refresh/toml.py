"""Tables as TOML text: one form for all, so that a rebuild changes only what has changed."""

from __future__ import annotations

import datetime
import json
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from bringup.base.files import write_text

_LINE_LIMIT: Final = 100
_FORBIDDEN_IN_LITERAL: Final = frozenset("'\n\r\t")

Row = dict[str, Any]
Document = dict[str, Any]
"""A table: plain values, and lists of rows under the singular name of what they are."""


def read_document(path: Path) -> Document:
    """Read a table, empty when it is not there."""
    if not path.is_file():
        return {}
    return tomllib.loads(path.read_text(encoding="utf-8"))


def head_of(path: Path) -> str:
    """Return the comment at the head of a table, "" when there is none."""
    if not path.is_file():
        return ""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line)
    return "".join(f"{line}\n" for line in lines)


def write_document(path: Path, document: Document, head: str) -> None:
    """Write a table atomically below its head comment."""
    write_text(path, render(document, head))


def render(document: Document, head: str = "") -> str:
    """Return the text of a table. Comments other than the head do not survive."""
    parts = [head] if head else []
    plain = {key: value for key, value in document.items() if not _is_rows(value)}
    if plain:
        parts.append(_pairs(plain))
    for key, rows in document.items():
        if _is_rows(rows):
            parts.extend(_row(key, row) for row in rows)
    return "\n".join(parts)


def _is_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _row(key: str, row: Row) -> str:
    plain = {name: value for name, value in row.items() if not isinstance(value, dict)}
    text = f"[[{key}]]\n{_pairs(plain)}"
    for name, value in row.items():
        if isinstance(value, dict):
            text += f"[{key}.{name}]\n{_pairs(value)}"
    return text


def _pairs(row: Mapping[str, Any]) -> str:
    return "".join(
        f"{_key(name)} = {_value(value, len(name) + 3)}\n" for name, value in row.items()
    )


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else json.dumps(name)


def _value(value: Any, used: int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return _array(value, used)
    raise TypeError(f"no TOML for {type(value).__name__}")


def _array(values: Sequence[Any], used: int) -> str:
    items = [_value(value, 2) for value in values]
    line = f"[{', '.join(items)}]"
    if used + len(line) <= _LINE_LIMIT or len(items) < 2:
        return line
    return "[\n" + "".join(f"  {item},\n" for item in items) + "]"


def _string(text: str) -> str:
    if '"' in text and not _FORBIDDEN_IN_LITERAL & set(text):
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False)
