"""The frame of a chart with two axes: plot area, grid, tick labels, axis names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from bringup.report.charts.scales import Scale, tick_text
from bringup.report.charts.svg import tag, words


@dataclass(frozen=True, slots=True)
class Frame:
    """A plot area inside a picture, in the picture's units."""

    width: float
    height: float
    left: float = 46
    right: float = 14
    top: float = 30
    bottom: float = 40

    @property
    def x_end(self) -> float:
        """Right edge of the plot area."""
        return self.width - self.right

    @property
    def y_end(self) -> float:
        """Lower edge of the plot area."""
        return self.height - self.bottom

    def x_scale(self, low: float, high: float) -> Scale:
        """Return the scale of the horizontal axis."""
        return Scale(low, high, self.left, self.x_end)

    def y_scale(self, low: float, high: float, *, log: bool = False) -> Scale:
        """Return the scale of the vertical axis; large values lie above."""
        return Scale(low, high, self.y_end, self.top, log)

    def axes(
        self, x: Scale, y: Scale, x_ticks: Sequence[float], y_ticks: Sequence[float]
    ) -> Markup:
        """Return grid lines and tick labels."""
        rows = [
            tag("line", class_="grid", x1=self.left, x2=self.x_end, y1=y(value), y2=y(value))
            + words(self.left - 8, y(value) + 4, tick_text(value), class_="tick", anchor="end")
            for value in y_ticks
        ]
        columns = [
            tag("line", class_="notch", x1=x(v), x2=x(v), y1=self.y_end, y2=self.y_end + 4)
            + words(x(v), self.y_end + 17, tick_text(v), class_="tick", anchor="middle")
            for v in x_ticks
        ]
        base = tag("line", class_="axis", x1=self.left, x2=self.x_end, y1=self.y_end, y2=self.y_end)
        return Markup("").join([*rows, *columns, base])

    def names(self, x_name: str, y_name: str) -> Markup:
        """Return the names of the axes: below on the right, and above on the left."""
        below = words(self.x_end, self.height - 5, x_name, class_="axis-name", anchor="end")
        return below + words(2, 14, y_name[:1].upper() + y_name[1:], class_="axis-name strong")


def legend(right: float, y: float, entries: Sequence[tuple[str, str]]) -> Markup:
    """Return a legend of (name, CSS class of its mark) that ends at ``right``."""
    marks, x = [], right
    for name, class_ in reversed(entries):
        x -= text_width(name)
        marks.append(words(x, y, name, class_="legend"))
        marks.append(tag("line", class_=class_, x1=x - 20, x2=x - 6, y1=y - 4, y2=y - 4))
        x -= 34
    return Markup("").join(marks)


def text_width(text: str, size: float = 11.5) -> float:
    """Return about how wide ``text`` is; CJK characters are as wide as they are high."""
    return sum(size if ord(character) > 0x2E80 else size * 0.56 for character in text)
