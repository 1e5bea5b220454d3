import re

import pytest
from steps import Steps, hostile_texts

from bringup.explain.library import library
from bringup.explain.linear import NotLinearError, bounded, check_linear, compiled

STEPS_PER_CHARACTER = 30_000
SHORT, LONG = 24, 48


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+b",
        r"(?:\w+ ?)+failed",
        r"(\w*\d*)*error",
        r"(error)\1",
        r"(?:a|a)*(?:b|b)*word(?:x*)*",
        r"(?P<a>word)(?P=a)",
    ],
)
def test_patterns_that_can_take_for_ever_are_refused(pattern):
    with pytest.raises(NotLinearError):
        check_linear(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d+(?:\.\d+)*",
        r"found version (?P<version>\d+(?:\.\d+){0,3})",
        r"(?:\w+ ){0,5}failed",
        r"no such file.{0,80}libcuda\.so(?:\.\d+)?",
        r"(?:[\w-]+/)*[\w.-]+\.so: cannot open",
        r"(?<=version )\d+(?!\d)",
        r"(?:cannot|could not) (?:open|load)",
    ],
)
def test_ordinary_patterns_pass(pattern):
    assert check_linear(pattern) > 0
    assert compiled(pattern).pattern is None or isinstance(compiled(pattern), re.Pattern)


def test_no_repetition_is_without_an_end():
    assert compiled(r"a*b").fullmatch("a" * 256 + "b")
    assert not compiled(r"a*b").fullmatch("a" * 257 + "b")
    assert "MAXREPEAT" not in repr(bounded(r"(?:x+|y*)+?(?=z+)"))


def test_a_quadratic_pattern_is_seen_by_the_count():
    """The measure itself works: without an end to repetitions the steps of this grow too fast."""
    steps = Steps(r"x")
    steps.items = [*bounded(r"(?:aa|a){0,40}c", 40)]
    short, long = steps.of_search("a" * 9), steps.of_search("a" * 18)
    assert long > 10 * short


def test_every_pattern_takes_linear_time():
    """Twice the text takes about twice the steps, on texts made to be hard for the pattern."""
    slow = []
    for pattern in library().patterns:
        check_linear(pattern.text)
        steps = Steps(pattern.text)
        for short, long in zip(
            hostile_texts(pattern.text, SHORT), hostile_texts(pattern.text, LONG), strict=True
        ):
            before, after = steps.of_search(short), steps.of_search(long)
            if after > 4 * before + 20_000 or after > STEPS_PER_CHARACTER * LONG:
                slow.append((pattern.text, before, after))
                break
    assert slow == []
