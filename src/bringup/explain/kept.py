"""Causes from documents that passed all checks before: the same values, without a second look."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bringup.explain.conditions import Condition
from bringup.explain.model import Adjustment, Cause, FixStep, Harmless, Pattern, Signature, Text
from bringup.explain.outcome import ENDINGS


def kept_cause(row: Mapping[str, Any]) -> Cause:
    """Return the cause that a checked document says."""
    return Cause(
        row["label"],
        row["area"],
        _text(row["title"]),
        _text(row["why"]),
        tuple(map(_step, row["fix"])),
        tuple(_signature(part, float(part["weight"])) for part in row["signature"]),
        tuple(row.get("follows", ())),
        tuple(row.get("doctor", ())),
        tuple(row.get("sources", ())),
        tuple((name, Condition(text)) for name, text in row.get("values", {}).items()),
        row.get("ending", ENDINGS[0]),
    )


def kept_harmless(document: Mapping[str, Any]) -> tuple[Harmless, ...]:
    """Return the harmless texts that a checked document says."""
    return tuple(
        Harmless(_signature(row, 1.0), _text(row["why"]), row.get("sure", False))
        for row in document.get("harmless", ())
    )


def _signature(row: Mapping[str, Any], weight: float) -> Signature:
    span = row.get("span", 1)
    every, some, none = (
        tuple(Pattern(text, span) for text in row.get(key, ())) for key in ("all", "any", "none")
    )
    plus = tuple(
        Adjustment(Condition(part["when"]), float(part["weight"])) for part in row.get("plus", ())
    )
    return Signature(
        every,
        some,
        none,
        weight,
        row.get("near", 0),
        tuple(map(Condition, row.get("when", ()))),
        plus,
        row.get("follow", False),
    )


def _step(row: Mapping[str, Any]) -> FixStep:
    otherwise = _text(row, "else_") if "else_en" in row else None
    conditions = tuple(map(Condition, row.get("when", ())))
    return FixStep(_text(row), otherwise, row.get("command") or None, conditions)


def _text(row: Mapping[str, Any], prefix: str = "") -> Text:
    return Text(*(" ".join(row[f"{prefix}{part}"].split()) for part in ("en", "zh")))
