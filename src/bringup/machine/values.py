"""Values of facts: read from what people type, and checked against the key's type."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.machine.keys import Key
from bringup.machine.kinds import Kind

_UNITS: Final = {
    "": 1,
    **{unit: 1000**power for power, unit in enumerate(("b", "kb", "mb", "gb", "tb"))},
    **{unit: 1024**power for power, unit in enumerate(("b", "kib", "mib", "gib", "tib"))},
    # A bare letter means 1024, as it does for free, docker and Slurm.
    **{unit: 1024**power for power, unit in enumerate("kmgt", start=1)},
}
_BYTES: Final = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zA-Z]*)")
_FLAGS: Final = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
_EXAMPLES: Final = {
    Kind.TEXT: "linux",
    Kind.COUNT: "4",
    Kind.NUMBER: "1.5",
    Kind.BYTES: "16GiB",
    Kind.FLAG: "true",
    Kind.TEXTS: "first,second",
    Kind.GPUS: '[{"vendor": "nvidia", "name": "L4", "compute_capability": "8.9"}]',
    Kind.INTERPRETERS: '[{"path": "/usr/bin/python3.11", "version": "3.11.7"}]',
    Kind.SETTINGS: '{"index": "https://mirror.example/simple"}',
    Kind.RECORDS: '[{"path": "/usr/local/cuda-12.6", "version": "12.6"}]',
}
_GPU_FIELDS: Final = {
    "vendor": str,
    "name": str,
    "memory_bytes": int,
    "compute_capability": str,
    "gfx": str,
    "driver": str,
    "uuid": str,
}
_INTERPRETER_FIELDS: Final = {
    "path": str,
    "version": str,
    "implementation": str,
    "has_venv": bool,
}
_SETTING_FIELDS: Final = {
    "index": str,
    "extra_indexes": list,
    "find_links": list,
    "constraints": list,
    "trusted_hosts": list,
    "ca_bundle": str,
    "proxy": str,
    "no_index": bool,
    "timeout_s": (int, float),
}


def parse(key: Key, text: str) -> Any:
    """Read the value that a person typed for ``key``; empty text means absent (None).

    Raises:
        BringupError: MCH002, the text is no value of the key's type.
    """
    stripped = text.strip()
    if not stripped:
        return None
    try:
        value = _READERS.get(key.kind, _json)(stripped)
    except (ValueError, KeyError):
        raise _wrong(key, text) from None
    return check(key, value)


def check(key: Key, value: Any) -> Any:
    """Return ``value`` if it is None or of the key's type.

    Raises:
        BringupError: MCH002, it is of another type.
    """
    if value is not None and not _CHECKS[key.kind](value):
        raise _wrong(key, value if isinstance(value, str) else json.dumps(value))
    return value


def _wrong(key: Key, found: str) -> BringupError:
    return BringupError(
        "MCH002", key=key.name, expected=key.kind.value, found=found, example=_EXAMPLES[key.kind]
    )


def _bytes(text: str) -> int:
    match = _BYTES.fullmatch(text)
    if match is None:
        raise ValueError(text)
    return int(float(match[1]) * _UNITS[match[2].lower()])


def _texts(text: str) -> list[str]:
    if text.startswith("["):
        return list(json.loads(text))
    return [part for part in re.split(r"[,\s]+", text) if part]


def _json(text: str) -> Any:
    if text.lower() == "none":
        return []
    return json.loads(text)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_record(value: Any, fields: Mapping[str, Any], needed: tuple[str, ...]) -> bool:
    return (
        isinstance(value, dict)
        and all(isinstance(value.get(name), str) for name in needed)
        and all(name in fields for name in value)
        and all(_fits(item, fields[name]) for name, item in value.items())
    )


def _fits(value: Any, kind: Any) -> bool:
    if value is None:
        return True
    if kind is list:
        return _is_texts(value)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def _records_of(fields: Mapping[str, Any], needed: tuple[str, ...]) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, list) and all(_is_record(item, fields, needed) for item in value)
    )


_READERS: Final[dict[Kind, Callable[[str], Any]]] = {
    Kind.TEXT: str,
    Kind.COUNT: int,
    Kind.NUMBER: float,
    Kind.BYTES: _bytes,
    Kind.FLAG: lambda text: _FLAGS[text.lower()],
    Kind.TEXTS: _texts,
}
_CHECKS: Final[dict[Kind, Callable[[Any], bool]]] = {
    Kind.TEXT: lambda value: isinstance(value, str),
    Kind.COUNT: _is_count,
    Kind.NUMBER: _is_number,
    Kind.BYTES: _is_count,
    Kind.FLAG: lambda value: isinstance(value, bool),
    Kind.TEXTS: _is_texts,
    Kind.GPUS: _records_of(_GPU_FIELDS, ("vendor", "name")),
    Kind.INTERPRETERS: _records_of(_INTERPRETER_FIELDS, ("path", "version")),
    Kind.SETTINGS: lambda value: _is_record(value, _SETTING_FIELDS, ()),
    Kind.RECORDS: lambda value: (
        isinstance(value, list) and all(isinstance(item, dict) for item in value)
    ),
}
