"""Actual against predicted values, with the line on which a perfect model lies."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup

from bringup.report.charts.frame import Frame
from bringup.report.charts.scales import ticks
from bringup.report.charts.svg import picture, tag


def scatter_chart(
    actual: Sequence[float], predicted: Sequence[float], *, x_name: str, y_name: str
) -> Markup:
    """Return one dot per row, both axes with the same bounds, and the diagonal."""
    frame = Frame(480, 400)
    pairs = [
        (a, b)
        for a, b in zip(actual, predicted, strict=True)
        if math.isfinite(a) and math.isfinite(b)
    ]
    if not pairs:
        return picture(frame.width, frame.height, frame.names(x_name, y_name), label=y_name)
    values = [value for pair in pairs for value in pair]
    marks = ticks(min(values), max(values))
    x, y = frame.x_scale(marks[0], marks[-1]), frame.y_scale(marks[0], marks[-1])
    diagonal = tag(
        "line", class_="diagonal", x1=frame.left, y1=frame.y_end, x2=frame.x_end, y2=frame.top
    )
    dots = [
        tag("circle", class_="point", cx=x(a), cy=y(b), r=3.2,
            data_tip=f"{x_name}: {a:.4g}\n{y_name}: {b:.4g}")
        for a, b in pairs
    ]  # fmt: skip
    return picture(
        frame.width,
        frame.height,
        frame.axes(x, y, marks, marks),
        diagonal,
        *dots,
        frame.names(x_name, y_name),
        label=f"{x_name} × {y_name}",
    )
