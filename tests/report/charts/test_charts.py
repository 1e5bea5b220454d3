from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import pytest

from bringup.report.charts.bars import Bar, bar_chart, share_bar
from bringup.report.charts.heatmap import heat_map
from bringup.report.charts.line import Series, line_chart, roc_chart
from bringup.report.charts.scatter import scatter_chart
from bringup.report.charts.svg import tag
from bringup.report.charts.timeline import Span, timeline
from bringup.report.charts.whisker import Reading, small_whisker, whisker_chart

HOSTILE = '"><script>alert(1)</script>'


def elements(markup, name, class_=""):
    root = ET.fromstring(str(markup))
    return [one for one in root.iter(name) if class_ in one.get("class", "").split() or not class_]


def points(polyline):
    return [tuple(map(float, pair.split(","))) for pair in polyline.get("points").split()]


def texts(markup):
    return [one.text for one in elements(markup, "text")]


def test_text_and_attributes_are_escaped_and_markup_is_not():
    built = tag("g", tag("b", HOSTILE), "<", title=HOSTILE, x=1.0)
    assert "<script" not in built
    assert ET.fromstring(str(built)).get("title") == HOSTILE
    assert ET.fromstring(str(built)).get("x") == "1"


def test_a_falling_curve_falls():
    chart = line_chart(
        [Series("train", [(1, 3.0), (2, 2.0), (3, 1.0)], "series-1")], x_name="epoch", y_name="loss"
    )
    [curve] = elements(chart, "polyline")
    ys = [y for _, y in points(curve)]
    assert ys == sorted(ys)
    assert len(elements(chart, "circle", "dot")) == 3
    assert "Loss" in texts(chart)
    tips = [one.get("data-tip") for one in elements(chart, "g", "hover")]
    assert tips == ["epoch 1\ntrain: 3", "epoch 2\ntrain: 2", "epoch 3\ntrain: 1"]


def test_a_wide_span_is_drawn_on_a_log_axis():
    values = [(1, 1.0), (2, 0.1), (3, 0.01)]
    chart = line_chart([Series("t", values, "c")], x_name="x", y_name="y", log_name="log scale")
    assert "Y · log scale" in texts(chart)
    [curve] = elements(chart, "polyline")
    (_, a), (_, b), (_, c) = points(curve)
    assert b - a == pytest.approx(c - b, abs=0.05)


def test_what_is_not_finite_is_left_out_of_a_curve():
    chart = line_chart(
        [Series("t", [(1, math.nan), (2, 1.0), (3, math.inf)], "c")], x_name="x", y_name="y"
    )
    assert len(points(elements(chart, "polyline")[0])) == 1
    assert not elements(line_chart([], x_name="x", y_name="y"), "polyline")


def test_many_steps_have_no_dots():
    curve = Series("t", [(step, step**0.5) for step in range(1, 101)], "c")
    assert not elements(line_chart([curve], x_name="x", y_name="y"), "circle", "dot")


def test_roc_names_only_the_named_curves():
    square = [(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)]
    chart = roc_chart(
        [Series("", square, "series-gray"), Series("cat · AUC 1", square, "series-1")],
        x_name="false", y_name="true", corner=1.0,
    )  # fmt: skip
    assert len(elements(chart, "polyline")) == 2
    assert texts(chart).count("cat · AUC 1") == 1


def test_bars_are_as_long_as_their_values():
    chart = bar_chart([Bar("a", 10, "10"), Bar(HOSTILE, 5, "5"), Bar("c", 0, "0")], label="rows")
    long, half, none = [float(one.get("width")) for one in elements(chart, "rect")]
    assert half == pytest.approx(long / 2, abs=0.01)
    assert none == 1
    assert bar_chart([], label="none").startswith("<svg")


def test_shares_fill_the_stripe():
    chart = share_bar([Bar("a", 3, "3"), Bar("b", 1, "1")], label="rows", width=402)
    first, second = [float(one.get("width")) for one in elements(chart, "rect")]
    assert (first, second) == (300, 100)


def test_heat_map_shows_counts_and_says_more_on_hover():
    chart = heat_map([[8, 2], [0, 5]], ["cat", HOSTILE], actual="actual", predicted="predicted")
    assert {"8", "2", "5"} <= set(texts(chart))
    assert "0" not in texts(chart)
    cells = elements(chart, "g", "cell")
    assert cells[0].get("data-tip") == "actual cat · predicted cat\n8 / 10"
    strengths = [float(one.get("fill-opacity")) for one in elements(chart, "rect")]
    assert strengths[3] > strengths[0] > strengths[2]
    assert "<script" not in chart


def test_cells_too_small_for_numbers_have_none():
    names = [f"class {index}" for index in range(30)]
    matrix = [[9 if row == column else 0 for column in range(30)] for row in range(30)]
    assert "9" not in texts(heat_map(matrix, names, actual="a", predicted="p"))


def test_whiskers_reach_from_low_to_high_and_gates_are_marked():
    chart = whisker_chart(
        [
            Reading("accuracy", 0.99, "99 %", 0.98, 1.0, 0.983, "≥ 98.3 %"),
            Reading("recall", 0.9, "90 %", bound=0.95, condition="≥ 95 %", holds=False),
        ],
        label="metrics",
        ceiling=1.0,
    )
    line = elements(chart, "line", "whisker")[0]
    dot = elements(chart, "circle", "mean")[0]
    assert float(line.get("x1")) < float(dot.get("cx")) < float(line.get("x2"))
    holds, broken = elements(chart, "line", "gate")
    assert (holds.get("class"), broken.get("class")) == ("gate holds", "gate broken")
    assert float(holds.get("x1")) < float(dot.get("cx"))
    assert {"≥ 98.3 %", "≥ 95 %", "99 %"} <= set(texts(chart))


def test_whiskers_of_nothing_are_empty_and_small_ones_stay_inside():
    assert not elements(whisker_chart([], label="none"), "circle")
    small = small_whisker(Reading("f1", 0.2, "20 %", 0.1, 0.3), 0.5, 1.0)
    assert 0 <= float(elements(small, "circle")[0].get("cx")) <= 120


def test_perfect_predictions_lie_on_the_diagonal():
    chart = scatter_chart([1, 2, 3, math.nan], [1, 2, 3, 4], x_name="actual", y_name="predicted")
    [diagonal] = elements(chart, "line", "diagonal")
    x1, y1, x2, y2 = (float(diagonal.get(key)) for key in ("x1", "y1", "x2", "y2"))
    dots = elements(chart, "circle", "point")
    assert len(dots) == 3
    for dot in dots:
        share = (float(dot.get("cx")) - x1) / (x2 - x1)
        assert float(dot.get("cy")) == pytest.approx(y1 + share * (y2 - y1), abs=0.02)
    assert not elements(scatter_chart([], [], x_name="a", y_name="p"), "circle")


def test_the_timeline_is_to_scale_and_names_what_has_room():
    chart = timeline(
        [Span("train", 30, "30 s"), Span("serve", 9.9, "9.9 s", "failed"), Span("x", 0.1, "0.1 s")],
        label="time",
        width=400,
    )
    widths = [float(one.get("width")) for one in elements(chart, "rect")]
    assert widths == [300, 99, 1]
    assert re.search(r"span failed", chart)
    assert {"train", "serve"} <= set(texts(chart))
    assert "x" not in texts(chart)
    assert timeline([], label="none").startswith("<svg")
