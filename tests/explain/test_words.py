import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from steps import sample

from bringup.explain.library import library
from bringup.explain.linear import bounded, compiled
from bringup.explain.words import FLAGS, need_of


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        (r"no space left on device", {(b"device",), (b"space",), (b"left",)}),
        (r"libcuda\.so(?:\.1)?", {(b"libcuda",)}),
        (r"(?:cannot|unable to) load", {(b"cannot", b"unable"), (b"load",)}),
        (r"(?:cannot|a\d)? load", {(b"load",)}),
        (r"[Ee]rror \d+", {(b"error",)}),
        (r"(?:driver )+old", {(b"driver",)}),
        (r"(?=.{0,9}token)word", {(b"token",), (b"word",)}),
        (r"word(?!nothing)", {(b"word",)}),
        (r"找不到指定的模块", {("找不到指定的模块".encode(),)}),
        (r"(?P<name>kernel)s?ion", {(b"kernel",)}),
    ],
)
def test_words_that_must_be_there(pattern, words):
    assert set(need_of(pattern).words) == words


def test_a_pattern_without_a_word_has_other_text():
    need = need_of(r"sm_\d+")
    assert need.words == ()
    assert need.solid == ((b"sm_",),)
    assert need_of(r"\d+").clauses == ()


def _holds(need, text):
    data = text.lower().encode()
    return all(any(word in data for word in clause) for clause in need.clauses)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_what_matches_has_the_words(data):
    """Nothing that a pattern matches lacks a word that the scan asks for."""
    pattern = data.draw(st.sampled_from(library().patterns))
    text = data.draw(st.from_regex(re.compile(pattern.text, FLAGS)))
    if compiled(pattern.text).search(text):
        assert _holds(need_of(pattern.text), text)


def test_a_sample_of_each_pattern_has_its_words():
    for pattern in library().patterns:
        tree = list(bounded(pattern.text))
        for most in (False, True):
            text = sample(tree, most)
            if compiled(pattern.text).search(text):
                assert _holds(need_of(pattern.text), text), pattern.text


def test_letters_of_either_case_match_and_no_others():
    pattern = compiled("kernel")
    assert pattern.search("KERNEL")
    # The sign of Kelvin is a letter of another script.
    assert not pattern.search("\u212aernel")
