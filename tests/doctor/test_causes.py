"""The causes of logs name rules that confirm them on the machine: those must exist."""

from __future__ import annotations

from bringup.doctor.codes import CODES, FILE_CODES
from bringup.explain.library import library


def test_causes_name_rules_that_exist():
    named = {code for cause in library().causes for code in cause.doctor}
    assert len(named) > 60
    assert named <= CODES.keys() | FILE_CODES.keys()
