from __future__ import annotations

import pytest

from bringup.base.messages import choose_language
from bringup.report.headlines import headline, hint, main_metric


@pytest.mark.parametrize(
    ("stage", "expected"),
    [
        ("probe", "Debian 12 x86_64 · 2 cores · 24 GiB · no GPU"),
        ("lock", "cpu · torch 2.13.0+cpu · 28 packages"),
        ("sync", "train built in 13.8 s · serve was there already"),
        ("verify", "6 of 6 checks passed"),
        ("prepare", "mnist · 54,000 train, 6,000 validation, 10,000 test"),
        ("evaluate", "accuracy 99.25 % [99.06, 99.44] · gate ≥ 98.3 %"),
        ("export", "833 kB, largest difference 3.6e-7"),
        ("serve", "14,820 rows/s · p50 0.93 ms"),
    ],
)
def test_each_stage_says_what_came_out(mnist, stage, expected):
    assert headline(stage, mnist["stages"][stage]) == expected


def test_training_says_accuracy_loss_and_pace(mnist):
    line = headline("train", mnist["stages"]["train"])
    assert line.startswith("validation accuracy 98.94 % · validation loss 0.04")
    assert line.endswith("13,120 samples/s")


def test_regression_is_known_by_its_r2(regression):
    line = headline("evaluate", regression["stages"]["evaluate"])
    assert line == "R² 0.551 [0.461, 0.641] · gate ≥ 0.4"


def test_an_own_script_shows_what_it_measured():
    evidence = {"metrics": {"seconds": {"value": 12.1}, "peak_memory": {"value": 1 << 20}}}
    assert headline("train", evidence) == "time 12.1 s · peak memory 1 MiB"
    assert headline("train", {"outputs": {"a": "x", "b": "y"}}) == "2 outputs"


def test_a_failure_says_its_first_line_or_its_gate_or_its_check(failed, broken_gate):
    assert headline("prepare", failed["stages"]["prepare"]) == (
        "no source of the data set mnist could be reached: tried 3"
    )
    assert headline("evaluate", broken_gate["stages"]["evaluate"]) == (
        "the gate accuracy ≥ 99.5 % does not hold: measured 99.25 %"
    )
    checks = [{"name": "import", "ok": True}, {"name": "convolution", "ok": False}]
    evidence = {"status": "failed", "checks": checks}
    assert headline("verify", evidence) == "check convolution failed"
    assert headline("verify", {"status": "failed"}) == ""
    error = {"code": "X", "text": ""}
    assert headline("verify", {"status": "failed", "error": error}) == "X"


@pytest.mark.parametrize(
    ("stage", "evidence", "expected"),
    [
        ("probe", {"metrics": {"facts": {"value": 61}}}, "61 facts"),
        ("probe", {}, ""),
        ("lock", {"stack": {"build": "cu126", "torch": None}}, "cu126"),
        ("lock", {}, ""),
        ("sync", {}, ""),
        ("verify", {}, ""),
        ("prepare", {"dataset": {"name": "mnist"}}, "mnist"),
        ("evaluate", {}, ""),
        ("report", {}, ""),
    ],
)  # fmt: skip
def test_little_evidence_gives_a_short_line(stage, evidence, expected):
    assert headline(stage, evidence) == expected


def test_a_gated_metric_that_we_do_not_know_comes_before_others():
    evidence = {"metrics": {"a": {"value": 1}, "b": {"value": 2}}, "gates": {"b": {}}}
    assert main_metric(evidence) == "b"


def test_headlines_speak_chinese(mnist):
    choose_language("zh")
    assert headline("verify", mnist["stages"]["verify"]) == "6 项检查通过 6 项"


def test_a_failure_says_what_to_do(failed, broken_gate, mnist):
    error = failed["stages"]["prepare"]["error"]
    assert hint("prepare", failed["stages"]["prepare"]) == error["hint"]
    assert hint("prepare", {"error": {"code": "X", "hint": None}}) is None
    assert "[evaluate.gates]" in hint("evaluate", broken_gate["stages"]["evaluate"])
    assert hint("evaluate", mnist["stages"]["evaluate"]) is None


def test_a_skipped_check_is_no_passed_one_and_no_failure():
    skipped = {"name": "compile", "ok": False, "status": "skipped", "detail": "no compiler"}
    checks = [{"name": "matmul", "ok": True, "status": "ok"}, skipped]
    assert headline("verify", {"checks": checks}) == "1 of 2 checks passed, 1 skipped"
    failed = {"name": "worker", "ok": False, "status": "failed"}
    evidence = {"status": "failed", "checks": [skipped, failed]}
    assert headline("verify", evidence) == "check worker failed"
