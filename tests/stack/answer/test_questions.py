"""Questions with answers that we worked out from the tables' sources, one row each."""

import json
from pathlib import Path

import pytest
from asking import UBUNTU, ask, codes

from bringup.machine import machine_by_hand
from bringup.stack.answer.model import REASONS

QUESTIONS = [
    json.loads(line)
    for line in (Path(__file__).parent / "questions.jsonl").read_text(encoding="utf-8").splitlines()
]
NO_INDEX = {"index.settings": UBUNTU["index.settings"]}


@pytest.mark.parametrize("row", QUESTIONS, ids=[f"{q['id']} {q['why']}" for q in QUESTIONS])
def test_question(row):
    found = ask(
        machine_by_hand({**NO_INDEX, **row["machine"]}, "question"),
        *row["ask"],
        build=row.get("build"),
        default_index=row.get("index") == "default",
        system=row.get("system", ()),
    )
    expect = row["expect"]
    if not expect["ok"]:
        reasons = list(dict.fromkeys(codes(found)))
        assert reasons == [expect["reason"], *expect.get("also", ())], found.explanation
        return
    assert found.ok, found.explanation
    assert found.build == expect["build"]
    if "alternatives" in expect:
        assert sorted(found.alternatives) == expect["alternatives"]
    packages = {chosen.release.package: str(chosen.version) for chosen in found.chosen}
    assert expect.get("packages", {}).items() <= packages.items()


def test_every_reason_and_every_framework_is_asked_for():
    told = {row["expect"].get("reason") for row in QUESTIONS}
    assert told - {None} == {code for group in REASONS for code in group}
    asked = " ".join(text for row in QUESTIONS for text in row["ask"])
    for name in ("torch", "tensorflow", "jax", "onnxruntime-gpu", "keras", "vllm", "cuda=="):
        assert name in asked
    assert len({row["id"] for row in QUESTIONS}) == len(QUESTIONS) >= 60
    assert sum(row["expect"]["ok"] for row in QUESTIONS) > 25
