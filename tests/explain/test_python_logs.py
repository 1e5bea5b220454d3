"""Causes of Python environments, builds, downloads and model files, against logs of their form."""

from __future__ import annotations

import json
from pathlib import Path

from bringup.explain import explain

LOGS = Path(__file__).with_name("logs") / "python.jsonl"


def test_failures_get_their_cause() -> None:
    rows = [json.loads(line) for line in LOGS.read_text(encoding="utf-8").splitlines()]
    wrong = []
    for row in rows:
        answer = explain(row["log"], facts=row["context"])
        found = answer.causes[0].label if answer.causes else answer.verdict
        if answer.verdict != "failure" or found not in {row["cause"], *row.get("accept", ())}:
            wrong.append((row["id"], row["cause"], found))
    assert len(wrong) <= len(rows) * 0.05, wrong
