"""Pydantic's errors as faults of ours: in our words and languages, with their place."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from bringup.project.adopt import project_name
from bringup.project.checks import gates
from bringup.project.document import Document
from bringup.project.faults import ProjectError, Text, did_you_mean, listed, nearest
from bringup.project.fields import ALIASES, VALUE_ALIASES, home_of, keys_of, sections
from bringup.project.positions import KeyPath

if TYPE_CHECKING:
    from pydantic import ValidationError
    from pydantic_core import ErrorDetails

_WORDS: Final = {
    "int_type": "PRJ201",
    "float_type": "PRJ202",
    "string_type": "PRJ203",
    "bool_type": "PRJ204",
    "list_type": "PRJ205",
    "dict_type": "PRJ206",
    "model_type": "PRJ206",
}
# bool before int: in Python a bool is an int.
_FOUND: Final[tuple[tuple[type | tuple[type, ...], str], ...]] = (
    (bool, "PRJ208"),
    (int, "PRJ201"),
    (float, "PRJ209"),
    (str, "PRJ203"),
    (list, "PRJ205"),
    (dict, "PRJ206"),
    ((datetime.date, datetime.time), "PRJ207"),
)
_RANGES: Final = {
    "greater_than": (">", "gt"),
    "greater_than_equal": (">=", "ge"),
    "less_than": ("<", "lt"),
    "less_than_equal": ("<=", "le"),
}
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")
_QUOTED: Final = {"int_type": re.compile(r"[-+]?\d+"), "float_type": _NUMBER}
"""What a string holds that should have been a number."""
_SPOKEN: Final = {"yes": "true", "on": "true", "true": "true"} | {
    "no": "false", "off": "false", "false": "false",
}  # fmt: skip


def translated(error: ValidationError, document: Document) -> Iterator[ProjectError]:
    """Yield a fault for each thing that pydantic found."""
    for details in error.errors(include_url=False, include_context=True):
        yield _fault(details, document)


def _fault(details: ErrorDetails, document: Document) -> ProjectError:
    kind = details["type"]
    if kind in _WORDS:
        return _wrong_type(kind, details["loc"], details["input"], document)
    if kind in _RANGES:
        return _out_of_range(details, document)
    # A kind without a text of ours is a mistake of ours: a test walks all fields of the model.
    return _HANDLERS[kind](details, document)


def _out_of_range(details: ErrorDetails, document: Document) -> ProjectError:
    symbol, name = _RANGES[details["type"]]
    params = _key_and_found(details, document)
    bound = f"{details['ctx'][name]:.12g}"
    return document.fault("PRJ016", details["loc"], symbol=symbol, bound=bound, **params)


def _not_finite(details: ErrorDetails, document: Document) -> ProjectError:
    return document.fault("PRJ019", details["loc"], **_key_and_found(details, document))


def _empty(details: ErrorDetails, document: Document) -> ProjectError:
    return document.fault("PRJ005", details["loc"], key=_shown_key(details["loc"]))


def _key_and_found(details: ErrorDetails, document: Document) -> dict[str, Any]:
    path = details["loc"]
    return {"key": _shown_key(path), "found": document.written(*path)}


def _unknown(details: ErrorDetails, document: Document) -> ProjectError:
    path = details["loc"]
    key = str(path[-1])
    if len(path) > 1:
        known, table = keys_of(str(path[0])), document.table_name(*path[:-1])
        advice = _known_key(key, list(known)) or _belongs(key, document)
        advice = advice or Text("PRJ104", known=listed(known, most=99))
        return document.fault("PRJ010", path, on="key", advice=advice, key=key, table=table)
    if not isinstance(document.get(key), (dict, list)):
        advice = _belongs(key, document) or _belongs(nearest(key, _all_keys()) or "", document)
        return document.fault("PRJ012", path, on="key", advice=advice, key=key)
    tables = {name: document.table_name(name) for name in sections()}
    found = nearest(key, tables)
    other = Text("PRJ107", known=listed(tables.values()))
    advice = Text("PRJ101", name=tables[found]) if found else other
    return document.fault("PRJ011", path, on="key", advice=advice, table=document.table_name(key))


def _known_key(key: str, known: list[str]) -> Text | None:
    if ALIASES.get(key) in known:
        return Text("PRJ101", name=ALIASES[key])
    return did_you_mean(key, known)


def _all_keys() -> list[str]:
    return [key for section in sections().values() for key in section.model_fields]


def _belongs(key: str, document: Document) -> Text | None:
    key = ALIASES.get(key, key)
    home = home_of(key)
    return Text("PRJ102", key=key, table=document.table_name(home)) if home else None


def _missing(details: ErrorDetails, document: Document) -> ProjectError:
    path = details["loc"]
    table = document.table_name(path[0])
    name = project_name(document.folder.name)
    if len(path) == 1:
        advice = Text("PRJ120", line=f'{table} name = "{name}"')
        return document.fault("PRJ014", path, advice=advice, table=table)
    advice = Text("PRJ120", line=f'{path[-1]} = "{name}"')
    return document.fault("PRJ013", path, on="key", advice=advice, key=path[-1], table=table)


def _wrong_type(kind: str, path: KeyPath, value: Any, document: Document) -> ProjectError:
    written = document.written(*path) or ""
    if len(path) == 3 and path[1] == "gates" and _NUMBER.fullmatch(written):
        condition = Text("PRJ103", line=gates.meant(str(path[-1]), written))
        return document.fault("GAT001", path, advice=condition, condition=written)
    meant = _meant(kind, value, written)
    line = meant if isinstance(path[-1], int) else f"{path[-1]} = {meant}"
    advice = None if meant is None else Text("PRJ103", line=line)
    found = next(code for kinds, code in _FOUND if isinstance(value, kinds))
    params: dict[str, Any] = {"expected": Text(_WORDS[kind]), "found": Text(found)}
    return document.fault("PRJ015", path, advice=advice, key=_shown_key(path), **params)


def _meant(kind: str, value: Any, written: str) -> str | None:
    """Return how the value should have been written, where that is plain."""
    if isinstance(value, (dict, list)) or not written or "\n" in written:
        return None
    text = value.strip() if isinstance(value, str) else ""
    meant = None
    if kind == "string_type":
        meant = f'"{written}"'
    elif kind == "list_type":
        meant = f"[{written}]"
    elif kind == "bool_type":
        meant = _SPOKEN.get(text.lower())
    elif kind == "int_type" and isinstance(value, float) and value.is_integer():
        meant = str(int(value))
    elif kind in _QUOTED and _QUOTED[kind].fullmatch(text):
        meant = text
    return meant


def _no_choice(details: ErrorDetails, document: Document) -> ProjectError:
    path, value = details["loc"], details["input"]
    choices = re.findall(r"'([^']*)'", details["ctx"]["expected"])
    params: dict[str, Any] = {"key": _shown_key(path), "choices": listed(choices), "found": value}
    return document.fault("PRJ017", path, advice=did_you_mean(str(value), choices), **params)


def _wrong_form(details: ErrorDetails, document: Document) -> ProjectError:
    path, value = details["loc"], details["input"]
    table, key = str(path[0]), str(path[1])
    examples = [
        text
        for example in keys_of(table)[key].examples or []
        for text in (example if isinstance(example, list) else [example])
    ]
    examples = list(dict.fromkeys(examples))
    alias = VALUE_ALIASES.get((table, key), {}).get(value)
    advice = Text("PRJ101", name=alias) if alias else did_you_mean(value, examples)
    params: dict[str, Any] = {
        "key": _shown_key(path),
        "found": value,
        "examples": listed(examples),
    }
    return document.fault("PRJ018", path, advice=advice, **params)


def _shown_key(path: KeyPath) -> str:
    """Return the key as people say it: ``hidden[1]`` for the second number of ``hidden``."""
    names = path[1:] or path
    return "".join(f"[{name}]" if isinstance(name, int) else f".{name}" for name in names)[1:]


_HANDLERS: Final[dict[str, Callable[[ErrorDetails, Document], ProjectError]]] = {
    "extra_forbidden": _unknown,
    "finite_number": _not_finite,
    "literal_error": _no_choice,
    "missing": _missing,
    "string_pattern_mismatch": _wrong_form,
    "too_short": _empty,
}
