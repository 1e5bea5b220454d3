"""What a running stage says, in one line each: pure functions from events to words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bringup.base.messages import text_of
from bringup.report import formats
from bringup.report.sections.common import note_text
from bringup.report.texts import Text, say

Json = Mapping[str, Any]
_UNITS: Final = {
    "rows": Text.UNIT_ROWS,
    "samples": Text.UNIT_SAMPLES,
    "steps": Text.UNIT_STEPS,
    "packages": Text.UNIT_PACKAGES,
    "epochs": Text.UNIT_EPOCHS,
}

_SPLITS: Final = (("train", Text.SPLIT_TRAIN), ("validation", Text.SPLIT_VALIDATION))


def progress_line(event: Json) -> str:
    """Return a progress event in words: how much, how fast, how long still, the values."""
    name = str(event.get("name") or "")
    return " · ".join(part for part in (name, amount(event), *_measured(event)) if part)


def amount(event: Json) -> str:
    """Return how much is done, of how much."""
    unit = str(event.get("unit") or "")
    done, total = event.get("done"), event.get("total")
    if done is None:
        return ""
    if unit == "bytes":
        shown = formats.bytes_text(done)
        return shown if total is None else f"{shown} / {formats.bytes_text(total)}"
    word = say(_UNITS[unit]) if unit in _UNITS else unit
    if total is None:
        return f"{formats.number_text(done)} {word}".strip()
    return say(
        Text.PROGRESS,
        done=formats.number_text(done),
        total=formats.number_text(total),
        unit=word,
    ).strip()


def share_done(event: Json) -> float | None:
    """Return the share that is done, 0 to 1, None when nobody knows the whole."""
    done, total = formats.value_of(event.get("done")), formats.value_of(event.get("total"))
    if done is None or not total:
        return None
    return min(1.0, max(0.0, done / total))


def epoch_line(event: Json) -> str:
    """Return an epoch in words: its number, the values of both splits, pace."""
    epoch, epochs = event.get("epoch"), event.get("epochs")
    name = say(Text.EPOCH, epoch=epoch if epochs is None else f"{epoch}/{epochs}")
    parts = [
        name,
        *(_split_values(event, split, text) for split, text in _SPLITS if event.get(split)),
    ]
    rate = formats.value_of(event.get("samples_per_s"))
    if rate is not None:
        parts.append(say(Text.SAMPLES_RATE, rate=f"{rate:,.0f}"))
    if event.get("seconds") is not None:
        parts.append(formats.seconds_text(event["seconds"]))
    return " · ".join(parts)


def check_line(event: Json) -> str:
    """Return a check in words, with how many of how many are done."""
    status, name = formats.check_status(event), str(event.get("name", ""))
    if status != "ok":
        text = say(Text.CHECK_FAILED, name=name)
        if status == "skipped":
            text = text_of("VER041", name=name)
        return " · ".join(filter(None, (text, str(event.get("detail") or ""))))
    seconds = event.get("seconds")
    time = "" if seconds is None else formats.seconds_text(seconds)
    done, total = event.get("done"), event.get("total")
    count = f"{done}/{total}" if done and total else ""
    return " · ".join(filter(None, (name, time, count)))


def note_line(event: Json) -> str:
    """Return a catalogue text in the current language; a code that we do not know as it is."""
    return note_text(event)


def _measured(event: Json) -> list[str]:
    values = [_named(name, value) for name, value in (event.get("values") or {}).items()]
    rate, left = formats.value_of(event.get("rate")), formats.value_of(event.get("left_s"))
    if rate is not None:
        values.append(_rate(rate, str(event.get("unit") or "")))
    if left is not None:
        values.append(say(Text.TIME_LEFT, time=formats.seconds_text(left)))
    return values


def _rate(rate: float, unit: str) -> str:
    if unit == "bytes":
        return f"{formats.bytes_text(rate)}/s"
    word = say(_UNITS[unit]) if unit in _UNITS else unit
    return say(Text.RATE, rate=f"{rate:,.0f}", unit=word)


def _split_values(event: Json, split: str, text: Text) -> str:
    return f"{say(text)} {', '.join(_named(name, value) for name, value in event[split].items())}"


def _named(name: str, value: Any) -> str:
    shown = formats.metric_value_text(name, formats.value_of(value))
    return f"{formats.metric_name(name)} {shown}"
