"""The known causes, as data: patterns, conditions, texts and fixes, one file per cause."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from bringup.explain.conditions import Condition, ConditionFault, prepared

FOLDER: Final = Path(__file__).parent / "causes"
BENIGN: Final = "benign"
_FILE_KEYS: Final = frozenset(
    {"label", "area", "doctor", "follows", "sources", "checked", "title", "why", "fix", "signature"}
)
_SIGNATURE_KEYS: Final = frozenset(
    {"weight", "all", "any", "none", "span", "near", "when", "plus", "follow", "why"}
)
_FIX_KEYS: Final = frozenset({"en", "zh", "else_en", "else_zh", "command", "when"})


class CauseFault(Exception):  # noqa: N818 - a mistake of ours, found by the tests
    """A file of causes is wrong; the text names file and field."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, tried on one line or, where tools wrap, on ``span`` lines joined."""

    source: str
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """What a log that shows a cause looks like."""

    weight: float
    all: tuple[Pattern, ...]
    any: tuple[Pattern, ...]
    none: tuple[Pattern, ...]
    near: int
    when: tuple[Condition, ...]
    plus: tuple[tuple[Condition, float], ...]
    follow: bool
    why: Mapping[str, str] = field(default_factory=dict)

    @property
    def patterns(self) -> Iterator[Pattern]:
        """All its patterns."""
        yield from (*self.all, *self.any, *self.none)


@dataclass(frozen=True, slots=True)
class Fix:
    """A step of a fix: a template in both languages, and one for when a value is unknown."""

    texts: Mapping[str, str]
    otherwise: Mapping[str, str]
    command: str | None
    when: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class KnownCause:
    """A cause as its file tells it."""

    label: str
    area: str
    title: Mapping[str, str]
    why: Mapping[str, str]
    fixes: tuple[Fix, ...]
    signatures: tuple[Signature, ...]
    follows: tuple[str, ...]
    doctor: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All causes, and what is harmless."""

    causes: tuple[KnownCause, ...]
    harmless: tuple[Signature, ...]

    @property
    def patterns(self) -> frozenset[Pattern]:
        """Every pattern once."""
        rows = (*self.harmless, *(row for cause in self.causes for row in cause.signatures))
        return frozenset(pattern for row in rows for pattern in row.patterns)

    def cause(self, label: str) -> KnownCause | None:
        """Return the cause with a label."""
        return next((row for row in self.causes if row.label == label), None)


@cache
def knowledge() -> Knowledge:
    """Read all files of causes.

    Raises:
        CauseFault: one of them is wrong.
    """
    causes: list[KnownCause] = []
    harmless: list[Signature] = []
    for path in sorted(FOLDER.glob("*.toml")):
        document = tomllib.loads(path.read_text(encoding="utf-8"))
        for row in document.get("cause", [document] if "label" in document else []):
            causes.append(_cause(row, path.name))
        harmless += [_signature(row, path.name) for row in document.get("harmless", ())]
    return Knowledge(tuple(causes), tuple(harmless))


def _cause(row: Mapping[str, Any], name: str) -> KnownCause:
    label = str(row.get("label"))
    where = f"{name}: {label}"
    _keys(row, _FILE_KEYS, where)
    for key in ("title", "why"):
        if set(row.get(key, ())) != {"en", "zh"}:
            raise CauseFault(f"{where}: {key}: expected en and zh")
    return KnownCause(
        label,
        str(row["area"]),
        row["title"],
        row["why"],
        tuple(_fix(fix, where) for fix in row.get("fix", ())),
        tuple(_signature(one, where) for one in row.get("signature", ())),
        tuple(row.get("follows", ())),
        tuple(row.get("doctor", ())),
        tuple(row.get("sources", ())),
    )


def _keys(row: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    if unknown := set(row) - known:
        raise CauseFault(f"{where}: unknown keys {sorted(unknown)}")


def _signature(row: Mapping[str, Any], where: str) -> Signature:
    _keys(row, _SIGNATURE_KEYS, where)
    joined = int(row.get("span", 1)) > 1
    groups = {
        name: tuple(_pattern(source, joined, where) for source in row.get(name, ()))
        for name in ("all", "any", "none")
    }
    if not groups["all"] and not groups["any"]:
        raise CauseFault(f"{where}: a signature needs a pattern in all or any")
    return Signature(
        weight=float(row.get("weight", 0.9)),
        **groups,
        near=int(row.get("near", 0)),
        when=tuple(_condition(source, where) for source in row.get("when", ())),
        plus=tuple(
            (_condition(item["when"], where), float(item["weight"])) for item in row.get("plus", ())
        ),
        follow=bool(row.get("follow", False)),
        why=row.get("why", {}),
    )


def _pattern(source: str, joined: bool, where: str) -> Pattern:
    if not isinstance(source, str) or not source:
        raise CauseFault(f"{where}: expected a pattern, found {source!r}")
    return Pattern(source, joined)


def _condition(source: str, where: str) -> Condition:
    try:
        return Condition.parse(prepared(source))
    except ConditionFault as error:
        raise CauseFault(f"{where}: {error}") from error


def _fix(row: Mapping[str, Any], where: str) -> Fix:
    _keys(row, _FIX_KEYS, where)
    return Fix(
        {name: row[name] for name in ("en", "zh")},
        {name: row[f"else_{name}"] for name in ("en", "zh") if f"else_{name}" in row},
        row.get("command"),
        tuple(_condition(source, where) for source in row.get("when", ())),
    )


def check_patterns(known: Knowledge) -> None:
    """Compile every pattern.

    Raises:
        CauseFault: one is no regular expression.
    """
    for pattern in known.patterns:
        try:
            re.compile(pattern.source, re.IGNORECASE | re.MULTILINE)
        except re.error as error:
            raise CauseFault(f"{pattern.source!r}: {error}") from error
