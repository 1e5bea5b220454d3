"""``bringup up`` as its user runs it: what reruns, what it says, what it refuses."""

import json
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.runtime, pytest.mark.timeout(600)]


def ran(done):
    """Return the stages that a run without a terminal says it ran."""
    return [line.split()[1] for line in done.stderr.splitlines() if line.startswith("> ")]


def test_the_evidence_has_the_form_of_the_contract(small_project):
    document = small_project.up()
    assert document["schema_version"] == 1
    expected = [
        "probe",
        "lock",
        "sync",
        "verify",
        "prepare",
        "train",
        "evaluate",
        "export",
        "serve",
        "report",
    ]
    assert list(document["stages"]) == expected
    for record in document["stages"].values():
        assert {"status", "seconds", "metrics", "gates", "inputs", "outputs"} <= set(record)
    r2 = document["stages"]["evaluate"]["metrics"]["r2"]
    assert r2["low"] < r2["value"] < r2["high"]
    points = document["stages"]["export"]["parity"]["points"]
    assert list(points) == ["eager", "reloaded", "exported", "http"]
    assert points["reloaded"]["max_difference"] == 0.0
    assert points["http"]["max_difference"] < 1e-4


def test_nothing_changed_runs_nothing(small_project):
    small_project.up()
    runs = sorted((small_project.path / "runs").iterdir())
    started = {path: path.stat().st_mtime_ns for path in small_project.path.rglob("evidence.json")}
    small_project.up()
    assert sorted((small_project.path / "runs").iterdir()) == runs
    for path, stamp in started.items():
        assert path.stat().st_mtime_ns == stamp


def test_a_change_reruns_what_depends_on_it_and_says_why(small_project):
    before = small_project.up()["stages"]
    small_project.edit('r2 = ">= 0.2"', 'r2 = ">= 0.25"')
    try:
        after = small_project.up()["stages"]
    finally:
        small_project.edit('r2 = ">= 0.25"', 'r2 = ">= 0.2"')
    assert after["train"] == before["train"]
    assert after["evaluate"]["because"] == [
        '[evaluate].gates changed ({"r2": ">= 0.2"} -> {"r2": ">= 0.25"})'
    ]
    small_project.up()


def test_a_gate_that_does_not_hold_stops_the_pass(small_project):
    small_project.edit('r2 = ">= 0.2"', 'r2 = ">= 0.99"')
    try:
        done = small_project.bringup("up")
        page = (small_project.path / "report.html").read_text()
    finally:
        small_project.edit('r2 = ">= 0.99"', 'r2 = ">= 0.2"')
    assert done.returncode == 1
    assert "`r2 >= 0.99` of stage evaluate does not hold" in done.stderr
    assert "hint:" in done.stderr
    assert "Traceback" not in done.stderr
    assert "0.99" in page
    assert small_project.up()["status"] == "done"


def test_two_passes_at_once_in_one_project(small_project):
    small_project.forget("train")
    first = small_project.start("up", "--until", "train", "--quiet")
    holder = small_project.path / ".bringup" / "holder"
    deadline = time.monotonic() + 60
    while not holder.exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    second = small_project.bringup("up")
    first.communicate(timeout=120)
    assert second.returncode == 1
    assert f"process {first.pid}" in second.stderr
    assert first.returncode == 0


def test_run_gives_the_command_the_environment_and_its_exit_code(small_project):
    code = "import torch, sys; print(torch.ones(2).sum().item()); sys.exit(5)"
    done = small_project.bringup("run", "--json", "--", "python", "-c", code)
    assert done.returncode == 5
    record = json.loads(done.stdout)
    assert record["exit_code"] == 5
    assert record["peak_memory_bytes"] > 10 << 20
    assert "2.0" in (small_project.path / record["log"]).read_text()
    shown = small_project.bringup("run", "--", "python", "-c", "print('a b')")
    assert shown.stdout == "a b\n"


def test_a_lost_output_is_made_again(small_project):
    weights = small_project.up()["stages"]["train"]["outputs"]["weights"]
    state = json.loads((small_project.path / ".bringup/stages/train.json").read_text())
    with Path(state["outputs"]["weights"]["path"]).open("r+b") as file:
        file.write(b"garbage")
    train = small_project.up()["stages"]["train"]
    assert train["because"] == ["its output weights is gone or has changed"]
    assert train["outputs"]["weights"] == weights
