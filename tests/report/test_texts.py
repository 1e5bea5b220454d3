from __future__ import annotations

import string

from bringup.base.messages import catalogue
from bringup.report.texts import Text


def test_every_name_has_a_row_and_every_row_a_name():
    assert {str(text) for text in Text} == set(catalogue("report"))


def test_both_languages_take_the_same_parameters():
    for code, row in catalogue("report").items():
        wanted = [{name for _, name, _, _ in string.Formatter().parse(row[key]) if name}
                  for key in ("en", "zh")]  # fmt: skip
        assert wanted[0] == wanted[1], code
