from __future__ import annotations

from bringup.doctor.document import shown_evidence, shown_value
from bringup.doctor.evidence import rows_that_matter

ROWS = [
    {"name": name, "version": "1.0"}
    for name in ("torch", "torchvision", "torch-geometric", "numpy", "pillow")
]


def test_rows_that_are_named_matter():
    rows, left = rows_that_matter(ROWS, "torch 2.4 and pillow.")
    assert ([row["name"] for row in rows], left) == (["torch", "pillow"], 3)


def test_a_name_is_found_as_a_whole_word_and_in_any_case():
    assert rows_that_matter(ROWS, "Pillow 1.0")[0] == [ROWS[4]]
    assert rows_that_matter(ROWS, "the torchvision that is here")[0] == [ROWS[1]]


def test_without_any_name_the_first_rows_stand_for_all():
    assert rows_that_matter(ROWS, "all is old") == (ROWS[:3], 2)


def test_short_lists_and_plain_values_stay_whole():
    assert rows_that_matter(ROWS[:3], "torch") == (ROWS[:3], 0)
    assert rows_that_matter("text", "torch") == ("text", 0)
    assert rows_that_matter({"a": 1}, "torch") == ({"a": 1}, 0)


def test_lists_of_texts():
    paths = ["/usr/bin/nvcc", "/opt/a", "/opt/b", "/opt/c"]
    assert rows_that_matter(paths, "It is /opt/b.") == (["/opt/b"], 3)


def test_what_was_left_out_is_said():
    item = {"fact": "env.packages", "value": ROWS[:1], "left_out": 4}
    assert shown_evidence(item) == "env.packages = name=torch version=1.0 (rows left out: 4)"
    assert shown_evidence({**item, "left_out": 0}) == "env.packages = name=torch version=1.0"


def test_values_on_one_line():
    assert shown_value(None) == "-"
    assert shown_value(True) == "yes"
    assert shown_value(("a", "b")) == "a; b"
    assert len(shown_value("x" * 999)) == 300
