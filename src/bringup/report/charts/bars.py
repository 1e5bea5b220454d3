"""Horizontal bars: one quantity per row, or shares of one whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bringup.report.charts.frame import text_width
from bringup.report.charts.svg import picture, tag, words

_ROW = 22.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a bar chart; ``shown`` is its value in words, ``tip`` appears on hover."""

    name: str
    value: float
    shown: str
    class_: str = "fill-1"
    tip: str = ""


def bar_chart(bars: Sequence[Bar], *, label: str, width: float = 480) -> Markup:
    """Return one bar per row, all from zero, with its value behind it."""
    left = min(170.0, max((text_width(bar.name) for bar in bars), default=0) + 14)
    right = max((text_width(bar.shown) for bar in bars), default=0) + 12
    most = max((bar.value for bar in bars), default=0) or 1
    rows = []
    for index, bar in enumerate(bars):
        y = index * _ROW
        length = max((width - left - right) * bar.value / most, 1)
        rows.append(
            tag(
                "g",
                words(left - 8, y + 15, _clipped(bar.name), class_="label", anchor="end"),
                tag("rect", class_=bar.class_, x=left, y=y + 4, width=length, height=14, rx=2),
                words(left + length + 6, y + 15, bar.shown, class_="value"),
                data_tip=bar.tip or None,
            )
        )
    return picture(width, len(bars) * _ROW + 2, *rows, label=label)


def share_bar(bars: Sequence[Bar], *, label: str, width: float = 480, gap: float = 2) -> Markup:
    """Return one stripe cut into the shares of ``bars``, without names (a legend gives them)."""
    total = sum(bar.value for bar in bars) or 1
    room = width - gap * max(len(bars) - 1, 0)
    parts, x = [], 0.0
    for bar in bars:
        length = max(room * bar.value / total, 1)
        parts.append(
            tag("rect", class_=bar.class_, x=x, y=0, width=length, height=18,
                data_tip=bar.tip or f"{bar.name}: {bar.shown}")
        )  # fmt: skip
        x += length + gap
    return picture(max(x - gap, width), 18, *parts, label=label, class_="stripe", stretched=True)


def _clipped(name: str, limit: int = 26) -> str:
    return name if len(name) <= limit else f"{name[: limit - 1]}…"
