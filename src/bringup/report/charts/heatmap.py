"""The confusion matrix as a heat map: rows are what is so, columns what the model said."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from bringup.report.charts.frame import text_width
from bringup.report.charts.svg import picture, tag, words

MOST_CLASSES: Final = 40
"""With more classes than this a cell is too small to see."""
_NUMBERS_UP_TO: Final = 16
_SIDE: Final = 440.0


def heat_map(
    matrix: Sequence[Sequence[int]], names: Sequence[str], *, actual: str, predicted: str
) -> Markup:
    """Return the matrix [actual][predicted]: right answers in one colour, wrong ones in another.

    A cell's strength is its share of its row; that of a wrong answer is drawn three times
    stronger by its root, since a few mistakes among many right answers would else be invisible.
    """
    longest = max(text_width(_short(name)) for name in names)
    left, top = longest + 30, 34.0
    cell = (_SIDE - left) / max(len(names), 1)
    parts = [_axis_names(left, top, cell * len(names), actual, predicted)]
    for row, (name, counts) in enumerate(zip(names, matrix, strict=True)):
        y = top + row * cell
        parts.append(words(left - 7, y + cell / 2 + 4, _short(name), class_="tick", anchor="end"))
        parts.append(_column_name(left + row * cell + cell / 2, top - 6, name, cell))
        total = sum(counts) or 1
        for column, count in enumerate(counts):
            tip = f"{actual} {name} · {predicted} {names[column]}\n{count} / {total}"
            x = left + column * cell
            parts.append(_cell(x, y, cell, count / total, str(count), row == column, tip))
    height = top + cell * len(names) + 4
    return picture(_SIDE + 4, height, *parts, label=f"{actual} × {predicted}", class_="heat")


def _cell(
    x: float, y: float, side: float, share: float, text: str, right: bool, tip: str
) -> Markup:
    strength = share if right else min(1.0, share**0.5 * 3)
    shade = tag(
        "rect", x=x + 0.75, y=y + 0.75, width=side - 1.5, height=side - 1.5, rx=2,
        class_="heat-right" if right else "heat-wrong",
        fill_opacity=0.05 + 0.95 * strength if share else 0.04,
    )  # fmt: skip
    if side < _SIDE / (_NUMBERS_UP_TO + 4) or text == "0":
        return tag("g", shade, class_="cell", data_tip=tip)
    class_ = "on-strong" if strength > 0.55 else "on-weak"
    number = words(x + side / 2, y + side / 2 + 4, text, class_=class_, anchor="middle")
    return tag("g", shade, number, class_="cell", data_tip=tip)


def _axis_names(left: float, top: float, side: float, actual: str, predicted: str) -> Markup:
    x, y = 12.0, top + side / 2
    turned = tag(
        "text", actual, class_="axis-name", text_anchor="middle",
        transform=f"translate({x:.1f} {y:.1f}) rotate(-90)",
    )  # fmt: skip
    return turned + words(left + side / 2, 11, predicted, class_="axis-name", anchor="middle")


def _column_name(x: float, y: float, name: str, cell: float) -> Markup:
    fits = max(1, int(cell / 6.6))
    shown = _short(name) if len(_short(name)) <= fits else f"{name[: max(1, fits - 1)]}…"
    return words(x, y, shown, class_="tick", anchor="middle")


def _short(name: str, limit: int = 12) -> str:
    return name if len(name) <= limit else f"{name[: limit - 1]}…"
