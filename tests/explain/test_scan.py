import random

from hypothesis import given, settings
from hypothesis import strategies as st
from steps import sample

from bringup.explain.library import library
from bringup.explain.linear import bounded, compiled
from bringup.explain.model import Pattern
from bringup.explain.normal import clean_bytes, normal_line
from bringup.explain.reader import blocks_of
from bringup.explain.scan import HITS, Index, Scan
from bringup.explain.words import need_of


def scan(log, *patterns):
    found = Scan(Index({pattern: need_of(pattern.text) for pattern in patterns}))
    for block in blocks_of(log):
        found.feed(block)
    return found.hits()


SINGLES = tuple(pattern for pattern in library().patterns if pattern.span == 1)
SAMPLES = tuple(sample(list(bounded(pattern.text)), True) for pattern in SINGLES)
JUNK = ("Traceback (most recent call last):", "epoch 3 loss 0.2", "", "no such device", "[[[{{")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.integers(0, len(SINGLES) - 1), max_size=8, unique=True),
    st.lists(st.sampled_from(JUNK), max_size=3, unique=True),
    st.integers(0, 40),
)
def test_the_scan_finds_what_trying_every_pattern_on_every_line_finds(numbers, junk, first):
    lines = [*junk, *(SAMPLES[number] for number in numbers)]
    text = "\n".join(line.replace("\n", " ") for line in lines)
    patterns = {SINGLES[number] for number in numbers} | set(SINGLES[first::41])
    found = scan(text, *patterns)
    cleaned = clean_bytes(text.encode()).decode().split("\n")
    for pattern in patterns:
        tried = [
            number
            for number, line in enumerate(cleaned, 1)
            if any(compiled(pattern.text).search(normal_line(part)) for part in line.split("\r"))
        ]
        hits = sorted(hit.number for hit in found.get(pattern, ()))
        assert hits == tried


def test_a_text_that_a_tool_wrapped_over_lines():
    pattern = Pattern(r"because there is no version of (?P<name>\w+)==9 we can conclude", 3)
    log = "first\n  × No solution found:\n  ╰─▶ Because there is no\n      version of torch==9\n"
    log += "      we can conclude that\n"
    (hit,) = scan(log, pattern)[pattern]
    assert (hit.number, hit.values) == (3, {"name": "torch"})


def test_a_wrapped_text_across_two_blocks():
    pattern = Pattern("first part second part", 2)
    for fill in range(65_500, 65_540):
        log = "x" * (fill - 1) + "\nfirst part\nsecond part\n"
        (hit,) = scan(log, pattern)[pattern]
        assert hit.number == 2


def test_a_match_across_the_cut_of_an_endless_line():
    pattern = Pattern(r"decisive words (?P<n>\d+)")
    for place in (8150, 65_500, 65_536, 130_000):
        log = "ab " * (place // 3) + "decisive words 42 " + "cd " * 60_000
        hits = list(scan(log, pattern)[pattern])
        assert hits[0].values == {"n": "42"}
        assert hits[0].number == 1


def test_what_a_progress_bar_leaves_is_read():
    pattern = Pattern("failed to fetch")
    (hit,) = scan("ok\n 10%|#   \r 20%|##  \rfailed to fetch\r\nend\n", pattern)[pattern]
    assert (hit.number, hit.text) == (2, "failed to fetch")


def test_a_line_that_repeats_for_ever_is_counted_by_its_first_ones_and_its_last():
    pattern = Pattern(r"attempt (?P<n>\d+) failed")
    log = (f"attempt {number} failed\n".encode() for number in range(1, 200_001))
    hits = list(scan(log, pattern)[pattern])
    assert hits[0].number == 1
    assert hits[-1].number == 200_000
    assert len(hits) <= HITS + 1


def test_one_line_among_a_million_others_is_found():
    pattern = Pattern("the needle is here")
    lines = [f"worker {number} the needle is not here yet\n" for number in range(40_000)]
    lines[31_234] = "the needle is here\n"
    (hit,) = scan("".join(lines), pattern)[pattern]
    assert hit.number == 31_235


def test_a_needle_at_the_end_of_lines_that_almost_match():
    """A pattern that was tried in vain for long is still tried on the log's end."""
    pattern = Pattern(r"needle.{0,20}broken")
    words = random.Random(4)
    letters = "ghijklmnopqrstuvwxyz"
    lines = [f"broken {''.join(words.choices(letters, k=90))} needle\n" for _ in range(20_000)]
    (hit,) = scan("".join([*lines, "needle is broken\n"]), pattern)[pattern]
    assert hit.number == 20_001
