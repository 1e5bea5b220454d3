import shutil
from dataclasses import replace

from bringup.workflow.state import Output, StageState, read_state, state_path, why_run, write_state


def state_of(tmp_path, *, status="done", parts=None, outputs=None):
    (tmp_path / "evidence.json").write_text("{}")
    return StageState("train", status, parts or {}, str(tmp_path), "r1", outputs or {})


def test_state_survives_the_disk(tmp_path):
    (tmp_path / "a").write_text("x")
    state = state_of(tmp_path, parts={"x": [1]}, outputs={"a": Output.of(tmp_path / "a")})
    write_state(tmp_path, state)
    assert read_state(tmp_path, "train") == state


def test_the_state_of_a_copied_project_does_not_count(tmp_path):
    first = tmp_path / "first"
    work = first / "runs" / "r1" / "train"
    state = StageState("train", "done", {}, str(work), "r1")
    write_state(first / ".bringup", state)
    assert read_state(first / ".bringup", "train") == state
    shutil.copytree(first, tmp_path / "second")
    assert read_state(tmp_path / "second" / ".bringup", "train") is None


def test_no_state_and_a_foreign_state_are_the_same(tmp_path):
    assert read_state(tmp_path, "train") is None
    path = state_path(tmp_path, "train")
    path.parent.mkdir()
    for text in ("{", "[]", '{"schema_version": 99, "outputs": {}}', '{"schema_version": 1}'):
        path.write_text(text)
        assert read_state(tmp_path, "train") is None


def test_why_names_the_setting_with_both_values(tmp_path):
    state = state_of(tmp_path, parts={"[train].epochs": 4, "lock": "sha256:1"})
    assert why_run(state, state.parts) == []
    assert why_run(state, {**state.parts, "[train].epochs": 5}) == [
        "[train].epochs changed (4 -> 5)"
    ]
    # A digest tells nobody anything, so only its name is shown.
    assert why_run(state, {**state.parts, "lock": "sha256:2"}) == ["lock changed"]
    assert why_run(state, {"[train].epochs": 4}) == ["lock changed"]


def test_why_tells_first_run_interruption_and_failure_apart(tmp_path):
    assert why_run(None, {}) == ["it has not run yet"]
    assert why_run(state_of(tmp_path, status="running"), {}) == ["it was interrupted"]
    assert why_run(state_of(tmp_path, status="failed"), {}) == ["it failed last time"]


def test_a_changed_part_counts_before_an_interruption(tmp_path):
    state = state_of(tmp_path, status="running", parts={"a": 1})
    assert why_run(state, {"a": 2}) == ["a changed (1 -> 2)"]


def test_lost_or_changed_outputs_make_a_stage_run(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "x").write_text("1")
    state = state_of(tmp_path, outputs={"out": Output.of(tmp_path / "out")})
    assert why_run(state, {}) == []
    (tmp_path / "out" / "x").write_text("2")
    assert why_run(state, {}) == ["its output out is gone or has changed"]
    (tmp_path / "out" / "x").write_text("1")  # the same bytes with a new time are the same output
    assert why_run(state, {}) == []
    (tmp_path / "out" / "y").write_text("")
    assert why_run(state, {}) != []
    (tmp_path / "evidence.json").unlink()
    assert why_run(replace(state, outputs={}), {}) == ["its evidence is gone"]
