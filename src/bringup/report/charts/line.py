"""Line charts: curves over epochs or steps, and ROC curves."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bringup.report.charts.frame import Frame, legend
from bringup.report.charts.scales import Scale, finite, integer_ticks, log_ticks, ticks
from bringup.report.charts.svg import number, picture, tag

LOG_RATIO = 30
"""A positive quantity that spans more than this is drawn on a logarithmic axis."""
_DOTS_UP_TO = 30


@dataclass(frozen=True, slots=True)
class Series:
    """One curve: its name, its points (x, y) and the CSS class that colours it."""

    name: str
    points: Sequence[tuple[float, float]]
    class_: str

    def clean(self) -> list[tuple[float, float]]:
        """Return the points that are numbers."""
        return [(x, y) for x, y in self.points if math.isfinite(x) and math.isfinite(y)]


def line_chart(series: Sequence[Series], *, x_name: str, y_name: str, log_name: str = "") -> Markup:
    """Return curves over whole numbers (epochs, steps), with the values of each x on hover.

    The vertical axis is logarithmic when all values are positive and span more than
    ``LOG_RATIO``; ``log_name`` (for example "log scale") then follows the axis's name.
    """
    frame = Frame(480, 264)
    values = finite(y for one in series for _, y in one.points)
    xs = sorted({x for one in series for x, _ in one.clean()})
    if not values or not xs:
        return picture(frame.width, frame.height, frame.names(x_name, y_name), label=y_name)
    y, y_ticks, is_log = _vertical(frame, values)
    x = frame.x_scale(xs[0], xs[-1])
    x_ticks = integer_ticks(int(xs[0]), int(xs[-1]))
    name = f"{y_name} · {log_name}" if is_log and log_name else y_name
    return picture(
        frame.width,
        frame.height,
        frame.axes(x, y, x_ticks, y_ticks),
        frame.names(x_name, name),
        legend(frame.x_end, 14, [(one.name, f"curve {one.class_}") for one in series]),
        *(_curve(one.clean(), x, y, one.class_) for one in series),
        *_hover_bands(frame, series, x, y, xs, x_name),
        label=f"{y_name}: {', '.join(one.name for one in series)}",
    )


def roc_chart(series: Sequence[Series], *, x_name: str, y_name: str, corner: float) -> Markup:
    """Return ROC curves for false positive rates up to ``corner`` (1.0 is the whole square).

    With a corner of 0.1 the axes are 0..0.1 and 0.9..1: where good classifiers differ.
    """
    frame = Frame(480, 400)
    x, y = frame.x_scale(0, corner), frame.y_scale(1 - corner, 1)
    named = [one for one in series if one.name]
    clip = tag(
        "clipPath",
        tag("rect", x=frame.left, y=frame.top - 2, width=frame.x_end - frame.left,
            height=frame.y_end - frame.top + 4),
        id="roc-clip",
    )  # fmt: skip
    curves = tag("g", *(_roc_curve(one, x, y) for one in series), clip_path="url(#roc-clip)")
    return picture(
        frame.width,
        frame.height,
        clip,
        frame.axes(x, y, ticks(0, corner), ticks(1 - corner, 1)),
        frame.names(x_name, y_name),
        curves,
        _roc_legend(frame, named),
        label=f"ROC: {x_name}, {y_name}",
    )


def _vertical(frame: Frame, values: list[float]) -> tuple[Scale, list[float], bool]:
    low, high = min(values), max(values)
    if low > 0 and high / low > LOG_RATIO:
        marks = log_ticks(low, high)
        return frame.y_scale(marks[0], marks[-1], log=True), marks, True
    marks = ticks(low, high)
    return frame.y_scale(marks[0], marks[-1]), marks, False


def _curve(points: Sequence[tuple[float, float]], x: Scale, y: Scale, class_: str) -> Markup:
    places = " ".join(f"{number(x(a))},{number(y(b))}" for a, b in points)
    line = tag("polyline", points=places, class_=f"curve {class_}")
    if len(points) > _DOTS_UP_TO:
        return line
    return line + Markup("").join(
        tag("circle", cx=x(a), cy=y(b), r=2.6, class_=f"dot {class_}") for a, b in points
    )


def _hover_bands(
    frame: Frame, series: Sequence[Series], x: Scale, y: Scale, xs: list[float], x_name: str
) -> list[Markup]:
    by_x = [(one, dict(one.clean())) for one in series]
    bands = []
    for index, value in enumerate(xs):
        left = x((xs[index - 1] + value) / 2) if index else frame.left
        right = x((xs[index + 1] + value) / 2) if index + 1 < len(xs) else frame.x_end
        here = [(one, points[value]) for one, points in by_x if value in points]
        lines = [f"{one.name}: {reading:.4g}" for one, reading in here]
        bands.append(
            tag(
                "g",
                tag("rect", class_="band", x=left, y=frame.top, width=max(right - left, 1),
                    height=frame.y_end - frame.top),
                tag("line", class_="guide", x1=x(value), x2=x(value), y1=frame.top, y2=frame.y_end),
                *(
                    tag("circle", class_=f"marker {one.class_}", cx=x(value), cy=y(reading), r=4)
                    for one, reading in here
                ),
                class_="hover",
                data_tip="\n".join([f"{x_name} {value:g}", *lines]),
            )
        )  # fmt: skip
    return bands


def _roc_curve(one: Series, x: Scale, y: Scale) -> Markup:
    places = " ".join(f"{number(x(a))},{number(y(b))}" for a, b in one.clean())
    return tag("polyline", points=places, class_=f"curve {one.class_}", data_tip=one.name or None)


def _roc_legend(frame: Frame, named: Sequence[Series]) -> Markup:
    rows = [
        tag("line", class_=f"curve {one.class_}", x1=frame.x_end - 150, x2=frame.x_end - 132,
            y1=frame.y_end - 18 * index - 16, y2=frame.y_end - 18 * index - 16)
        + tag("text", one.name, class_="legend", x=frame.x_end - 126,
              y=frame.y_end - 18 * index - 12)
        for index, one in enumerate(reversed(named))
    ]  # fmt: skip
    return Markup("").join(rows)
