from __future__ import annotations

import math

import pytest

from bringup.report.charts.scales import (
    Scale,
    finite,
    integer_ticks,
    log_ticks,
    tick_text,
    ticks,
)


@pytest.mark.parametrize(
    ("low", "high", "count", "expected"),
    [
        (0, 80, 4, [0, 20, 40, 60, 80]),
        (0.05, 0.42, 5, [0, 0.1, 0.2, 0.3, 0.4, 0.5]),
        (0.983, 1.0, 4, [0.98, 0.985, 0.99, 0.995, 1.0]),
        (-3, 4, 5, [-4, -2, 0, 2, 4]),
    ],
)
def test_ticks_are_round_and_enclose_the_values(low, high, count, expected):
    assert ticks(low, high, count) == expected


@pytest.mark.parametrize("value", [0.0, 7.0, -2.5e-8, 1e12])
def test_one_value_gets_an_axis_around_it(value):
    marks = ticks(value, value)
    assert marks[0] <= value <= marks[-1]
    assert len(marks) > 1
    assert marks == sorted(set(marks))


def test_an_axis_without_bounds_is_our_mistake():
    with pytest.raises(AssertionError):
        ticks(math.nan, 1)


def test_epochs_have_whole_ticks_with_the_first_named():
    assert integer_ticks(1, 5) == [1, 2, 3, 4, 5]
    marks = integer_ticks(1, 100)
    assert marks[0] == 1
    assert marks[-1] == 100
    assert all(isinstance(mark, int) for mark in marks)


def test_log_ticks_enclose_the_values():
    for low, high in [(0.0087, 0.35), (1e-7, 3), (2, 2), (1e-12, 1e6), (1, 1000)]:
        marks = log_ticks(low, high)
        assert marks[0] <= low * 1.0001
        assert marks[-1] >= high * 0.9999
        assert 2 <= len(marks) <= 12


def test_scales_map_ends_to_ends():
    scale = Scale(10, 20, 100, 300)
    assert (scale(10), scale(15), scale(20)) == (100, 200, 300)
    assert scale.clamped(99) == 300
    assert Scale(1, 100, 0, 2, log=True)(10) == pytest.approx(1)
    assert Scale(5, 5, 0, 10)(5) == 5


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.1 + 0.2, "0.3"),
        (1e-6, "1e-6"),
        (2.5e-7, "2.5e-7"),
        (250000, "2.5e5"),
        (-4, "-4"),
    ],
)
def test_tick_texts(value, text):
    assert tick_text(value) == text


def test_finite_leaves_out_what_is_no_number():
    assert finite([1, None, math.nan, math.inf, 2]) == [1, 2]
