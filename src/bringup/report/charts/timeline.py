"""The time of each stage, one after the other, to scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bringup.report.charts.frame import text_width
from bringup.report.charts.scales import Scale, tick_text, ticks
from bringup.report.charts.svg import picture, tag, words

_HEIGHT = 30.0


@dataclass(frozen=True, slots=True)
class Span:
    """A stage's time in s; ``class_`` is its status: done, failed or skipped."""

    name: str
    seconds: float
    shown: str
    class_: str = "done"


def timeline(spans: Sequence[Span], *, label: str, width: float = 1080) -> Markup:
    """Return the stages as one bar to scale, with the names of those that are wide enough."""
    total = sum(span.seconds for span in spans) or 1.0
    marks = [mark for mark in ticks(0, total, 8) if mark <= total]
    x = Scale(0, total, 0, width)
    parts = [
        tag("line", class_="notch", x1=x(m), x2=x(m), y1=_HEIGHT, y2=_HEIGHT + 5)
        + words(x(m), _HEIGHT + 18, f"{tick_text(m)} s", class_="tick", anchor=_anchor(m, total))
        for m in marks
    ]
    start = 0.0
    for index, span in enumerate(spans):
        left, right = x(start), x(start + span.seconds)
        parts.append(_span(span, left, max(right - left, 1), odd=index % 2 == 1))
        start += span.seconds
    return picture(width, _HEIGHT + 24, *parts, label=label, class_="timeline")


def _span(span: Span, left: float, width: float, *, odd: bool) -> Markup:
    class_ = f"span {span.class_} {'odd' if odd else 'even'}"
    bar = tag("rect", class_=class_, x=left, y=0, width=width, height=_HEIGHT)
    children = [bar]
    if text_width(span.name, 12.5) + 14 < width:
        children.append(
            words(left + width / 2, _HEIGHT / 2 + 4, span.name, class_="in-bar", anchor="middle")
        )
    return tag("g", *children, data_tip=f"{span.name}: {span.shown}")


def _anchor(mark: float, total: float) -> str:
    if mark == 0:
        return "start"
    return "end" if mark > total * 0.97 else "middle"
