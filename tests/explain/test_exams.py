"""Logs whose authors had not seen the causes: what generalises must not be lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bringup.explain import explain

EXAMS = Path(__file__).parent / "exams"


@pytest.mark.parametrize("name", ["a", "b"])
def test_an_exam_is_passed(name):
    lines = (EXAMS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    first = third = failures = false = harmless = 0
    for row in map(json.loads, lines):
        found = explain(row["log"], row["context"])
        labels = [cause.label for cause in found.causes]
        right = {row["cause"], *row["accept"]}
        if row["cause"] == "benign":
            harmless += 1
            false += found.verdict == "failure"
        else:
            failures += 1
            first += bool(right & set(labels[:1]))
            third += bool(right & set(labels[:3]))
    assert failures == 290
    assert first / failures >= 0.9
    assert third / failures >= 0.97
    assert false <= harmless / 10
