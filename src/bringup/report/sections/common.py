"""What several sections share: digests, gates, pictures, tables of small values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bringup.base.gates import Condition
from bringup.base.messages import text_of
from bringup.report import formats
from bringup.report.charts import png

PREFIX: Final = "sha256:"
SHOWN_HEX: Final = 12


@dataclass(frozen=True, slots=True)
class Digest:
    """A named digest: the first digits for the eye, all of them to copy."""

    name: str
    short: str
    whole: str


def is_digest(value: Any) -> bool:
    """Say whether an input or an output is a digest rather than a setting."""
    return isinstance(value, str) and value.startswith(PREFIX)


def digest(name: str, value: str) -> Digest:
    """Return a digest as it is shown."""
    return Digest(name, value.removeprefix(PREFIX)[:SHOWN_HEX], value)


def digests(named: Mapping[str, Any]) -> list[Digest]:
    """Return the digests among the values, in their order."""
    return [digest(name, value) for name, value in named.items() if is_digest(value)]


def gate_bound(gate: Mapping[str, Any] | None) -> float | None:
    """Return the number that a gate compares with."""
    return None if not gate else Condition.parse(gate["condition"]).bound


def gate_rows(evidence: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return each gate of a stage in words."""
    return [
        {
            "name": formats.metric_name(name),
            "condition": formats.condition_text(name, gate.get("condition", "")),
            "value": formats.metric_value_text(name, formats.value_of(gate.get("value"))),
            "holds": bool(gate.get("holds")),
        }
        for name, gate in (evidence.get("gates") or {}).items()
    ]


def note_text(note: Mapping[str, Any]) -> str:
    """Return a recorded text in the current language; as recorded when its code is not known."""
    try:
        return text_of(note["code"], **(note.get("params") or {}))
    except (KeyError, IndexError):
        return str(note.get("text") or note.get("code") or "")


def picture_of(item: Any) -> str | None:
    """Return the data URI of a sample's pixels (uint8 or nested lists), None when it has none."""
    pixels = item.get("pixels", item.get("image")) if isinstance(item, Mapping) else item
    if not isinstance(pixels, Sequence) or isinstance(pixels, str):
        return None
    try:
        return png.data_uri(pixels)
    except (ValueError, TypeError):
        return None


def class_name(names: Sequence[str], index: Any) -> str:
    """Return the name of a class, which is given by its number or already by its name."""
    if isinstance(index, int) and 0 <= index < len(names):
        return str(names[index])
    return str(index)
