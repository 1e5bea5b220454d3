"""Dots with whiskers: measured values, their confidence intervals and the gates they must meet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bringup.report.charts.frame import text_width
from bringup.report.charts.scales import Scale, finite, tick_text, ticks
from bringup.report.charts.svg import picture, tag, words

_ROW = 34.0


@dataclass(frozen=True, slots=True)
class Reading:
    """One row: a value and, where known, its interval and the bound of its gate."""

    name: str
    value: float
    shown: str
    low: float | None = None
    high: float | None = None
    bound: float | None = None
    condition: str = ""
    holds: bool = True


def whisker_chart(
    readings: Sequence[Reading],
    *,
    label: str,
    ceiling: float | None = None,
    tick: Callable[[float], str] = tick_text,
) -> Markup:
    """Return one row per reading on one common axis; a gate is a dashed line across its row.

    ``ceiling`` is the largest value that makes sense (1 for shares): the axis ends there.
    ``tick`` writes the values of the axis.
    """
    width = 480.0
    right = max((text_width(one.shown, 12.5) for one in readings), default=0) + 14
    left = min(150.0, max((text_width(one.name) for one in readings), default=0) + 16)
    values = finite(
        value for one in readings for value in (one.value, one.low, one.high, one.bound)
    )
    if not values:
        return picture(width, 20, label=label)
    marks = ticks(min(values), max(values), 3)
    if ceiling is not None and max(values) <= ceiling:
        marks = [mark for mark in marks if mark <= ceiling]
    x = Scale(marks[0], max(marks[-1], *values), left, width - right)
    bottom = len(readings) * _ROW + 14
    grid = [
        tag("line", class_="grid", x1=x(mark), x2=x(mark), y1=4, y2=bottom)
        + words(x(mark), bottom + 15, tick(mark), class_="tick", anchor="middle")
        for mark in marks
    ]
    rows = [_row(one, x, 24 + index * _ROW, width) for index, one in enumerate(readings)]
    return picture(width, bottom + 22, *grid, *rows, label=label, class_="whiskers")


def small_whisker(reading: Reading, low: float, high: float) -> Markup:
    """Return one reading on the axis ``low..high``, small enough for a table's cell."""
    x = Scale(low, high, 4, 116)
    return picture(120, 14, *_mark(reading, x, 7), label=reading.shown, class_="small")


def _row(one: Reading, x: Scale, y: float, width: float) -> Markup:
    gate: list[Markup] = []
    if one.bound is not None:
        class_ = "gate holds" if one.holds else "gate broken"
        place = x(one.bound)
        gate = [tag("line", class_=class_, x1=place, x2=place, y1=y - 13, y2=y + 13)]
        near_end = place + text_width(one.condition) > x.end
        side, anchor = (-5, "end") if near_end else (5, "start")
        gate.append(words(place + side, y - 7, one.condition, class_="gate-name", anchor=anchor))
    name = words(x.start - 12, y + 4, one.name, class_="label", anchor="end")
    tip = "\n".join(filter(None, (one.name, one.shown, one.condition)))
    class_ = "reading" if one.holds else "reading broken"
    shown = words(width, y + 4, one.shown, class_=class_, anchor="end")
    return tag("g", name, *gate, *_mark(one, x, y), shown, data_tip=tip)


def _mark(one: Reading, x: Scale, y: float) -> list[Markup]:
    parts = [tag("rect", class_="band", x=x.start, y=y - 12, width=x.end - x.start, height=24)]
    if one.low is not None and one.high is not None:
        a, b = x.clamped(one.low), x.clamped(one.high)
        parts.append(tag("line", class_="whisker", x1=a, x2=b, y1=y, y2=y))
        parts.extend(
            tag("line", class_="whisker", x1=end, x2=end, y1=y - 4, y2=y + 4) for end in (a, b)
        )
    class_ = "mean" if one.holds else "mean broken"
    parts.append(tag("circle", class_=class_, cx=x.clamped(one.value), cy=y, r=4.2))
    return parts
