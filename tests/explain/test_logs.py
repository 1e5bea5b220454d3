"""Causes against logs in the form that programs write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bringup.explain import explain

LOGS = Path(__file__).with_name("logs")


def rows(name: str) -> list[dict[str, Any]]:
    """Return the rows of a file: id, cause, context, log."""
    lines = (LOGS / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("name", ["services.jsonl"])
def test_failures_get_their_cause(name: str) -> None:
    logs = rows(name)
    wrong = []
    for row in logs:
        answer = explain(row["log"], facts=row["context"])
        found = answer.causes[0].label if answer.causes else answer.verdict
        if answer.verdict != "failure" or found != row["cause"]:
            wrong.append((row["id"], row["cause"], found))
    assert len(wrong) <= len(logs) * 0.05, wrong


@pytest.mark.parametrize("name", ["harmless.jsonl", "calm.jsonl"])
def test_harmless_logs_are_no_failures(name: str) -> None:
    logs = rows(name)
    wrong = []
    for row in logs:
        answer = explain(row["log"], facts=row["context"])
        if answer.verdict == "failure":
            wrong.append((row["id"], answer.causes[0].label))
    assert len(wrong) <= len(logs) * 0.02, wrong
