"""The pass itself, over two tiny stages: what runs, why, what is kept when one fails."""

import json
import shutil

import pytest

from bringup.base.errors import BringupError, ExitCode, UnreachableError
from bringup.base.files import read_json
from bringup.workflow import up
from bringup.workflow.context import Outcome
from bringup.workflow.state import read_state
from bringup.workflow.up import bring_up


class Tiny:
    """A stage that writes a file. ``act`` may do more, or fail."""

    def __init__(self, name, **depends):
        self.NAME = name
        self.depends = depends
        self.outcome = {}
        self.act = lambda folder: None
        self.applicable = True

    def applies(self, context):
        return self.applicable

    def parts(self, context):
        return dict(self.depends)

    def run(self, context, folder):
        self.act(folder.path)
        path = folder.path / "out.txt"
        path.write_text(str(self.depends))
        return Outcome(outputs={"out": path}, **self.outcome)


class Watcher:
    """Remembers what it is told."""

    def __init__(self):
        self.told = []

    def stage_started(self, stage, because):
        self.told.append(("run", stage, *because))

    def event(self, event):
        self.told.append(("event", event["kind"]))

    def stage_finished(self, stage, evidence):
        self.told.append((evidence["status"], stage))

    def stage_current(self, stage):
        self.told.append(("current", stage))


@pytest.fixture
def stages(monkeypatch):
    tiny = {"probe": Tiny("probe", a=1), "lock": Tiny("lock", b=2)}
    monkeypatch.setattr(up, "ALL_STAGES", tiny)
    return tiny


def go(paper, *, until="lock", again=()):
    context = paper.context
    watcher = Watcher()
    object.__setattr__(context, "observer", watcher)
    try:
        bring_up(context, until=until, again=again)
    finally:
        go.told = watcher.told
    return watcher.told


def runs(paper):
    return sorted((paper.folder / "runs").iterdir())


def state(paper, stage):
    return read_state(paper.folder / ".bringup", stage)


def test_each_stage_runs_once_and_is_then_current(paper, stages):
    assert go(paper) == [
        ("run", "probe"),
        ("done", "probe"),
        ("run", "lock"),
        ("done", "lock"),
    ]
    assert go(paper) == [("current", "probe"), ("current", "lock")]
    (run,) = runs(paper)
    document = read_json(run / "run.json")
    assert (document["status"], document["stages"]) == ("done", ["probe", "lock"])
    evidence = read_json(run / "lock" / "evidence.json")
    assert evidence["inputs"] == {"b": 2}
    assert evidence["outputs"]["out"].startswith("sha256:")


def test_a_change_and_a_wish_run_one_stage_each(paper, stages):
    go(paper)
    stages["lock"].depends["b"] = 3
    assert go(paper) == [
        ("current", "probe"),
        ("run", "lock", "b changed (2 -> 3)"),
        ("done", "lock"),
    ]
    assert go(paper, until="probe", again=("probe",))[0] == ("run", "probe", "you asked for it")
    assert len(runs(paper)) == 3


def test_a_stage_that_does_not_apply_is_passed_over(paper, stages):
    stages["probe"].applicable = False
    assert [row[1] for row in go(paper)] == ["lock", "lock"]


def test_a_gate_that_does_not_hold_fails_the_stage_and_keeps_what_it_measured(paper, stages):
    stages["probe"].outcome = {
        "metrics": {"accuracy": {"value": 0.5}},
        "gates": {"accuracy": ">= 0.9", "f1": ">= 0"},
    }
    with pytest.raises(BringupError) as caught:
        go(paper)
    assert caught.value.code == "RUN004"
    assert go.told[-1] == ("failed", "probe")
    evidence = read_json(state(paper, "probe").evidence_path)
    assert evidence["gates"]["accuracy"]["holds"] is False
    assert evidence["gates"]["f1"] == {"condition": ">= 0", "value": None, "holds": False}
    assert evidence["error"]["code"] == "RUN004"
    assert read_json(runs(paper)[0] / "run.json")["status"] == "failed"
    stages["probe"].outcome = {}
    assert go(paper)[0] == ("run", "probe", "it failed last time")


def interrupt(folder):
    (folder / "checkpoint").write_text("half")
    raise KeyboardInterrupt


def test_an_interrupted_stage_goes_on_in_its_folder(paper, stages):
    stages["lock"].act = interrupt
    with pytest.raises(KeyboardInterrupt):
        go(paper)
    seen = []
    stages["lock"].act = lambda folder: seen.extend(path.name for path in folder.iterdir())
    told = go(paper)
    assert ("run", "lock", "it was interrupted") in told
    assert "checkpoint" in seen
    assert len(runs(paper)) == 1
    assert read_json(runs(paper)[0] / "run.json")["stages"] == ["probe", "lock"]


@pytest.mark.parametrize(("depends", "again"), [({"b": 9}, ()), ({}, ("lock",))])
def test_it_begins_anew_with_another_key_or_when_asked_to(paper, stages, depends, again):
    stages["lock"].act = interrupt
    with pytest.raises(KeyboardInterrupt):
        go(paper)
    seen = []
    stages["lock"].act = lambda folder: seen.extend(path.name for path in folder.iterdir())
    stages["lock"].depends |= depends
    go(paper, again=again)
    assert "checkpoint" not in seen


@pytest.mark.parametrize(
    ("fault", "goes_on"),
    [
        (BringupError("FIL001", path="x"), True),
        (UnreachableError("STK010", place="x", reason="y"), True),
        (OSError(28, "No space left on device"), True),
        (BringupError("RUN005", stage="lock", name="x", detail="y"), False),
    ],
)
def test_what_the_machine_stopped_goes_on_and_what_was_wrong_begins_anew(
    paper, stages, fault, goes_on
):
    def fail(folder):
        (folder / "checkpoint").write_text("half")
        raise fault

    stages["lock"].act = fail
    with pytest.raises(BringupError):
        go(paper)
    assert state(paper, "lock").status == "failed"
    seen = []
    stages["lock"].act = lambda folder: seen.extend(path.name for path in folder.iterdir())
    go(paper)
    assert ("checkpoint" in seen) is goes_on


def test_our_own_bug_is_not_dressed_up(paper, stages):
    def fail(folder):
        raise ZeroDivisionError

    stages["probe"].act = fail
    with pytest.raises(ZeroDivisionError):
        go(paper)
    assert state(paper, "probe").status == "running"


def test_a_lost_output_is_made_again(paper, stages):
    go(paper)
    (runs(paper)[0] / "probe" / "out.txt").unlink()
    assert go(paper)[0] == ("run", "probe", "its output out is gone or has changed")


def test_a_copied_project_runs_for_itself(paper, stages, tmp_path):
    go(paper)
    shutil.copytree(paper.folder, tmp_path / "copy")
    paper.folder = tmp_path / "copy"
    assert go(paper)[0] == ("run", "probe")
    assert state(paper, "probe").folder.startswith(str(tmp_path / "copy"))


def test_no_credentials_stand_in_the_evidence(paper, stages):
    secret = "https://reader:geheim@mirror.example/simple"
    stages["probe"].depends["requirement"] = f"pkg @ {secret}"
    stages["probe"].outcome = {"details": {"last": [secret]}}
    go(paper)
    assert "geheim" not in (runs(paper)[0] / "probe" / "evidence.json").read_text()
    assert go(paper)[0] == ("current", "probe")


def test_a_stage_that_is_none_is_wrong_usage_and_touches_nothing(paper, stages):
    for wish in ({"until": "lok"}, {"again": ("probe", "lok")}):
        with pytest.raises(BringupError) as caught:
            go(paper, **wish)
        assert (caught.value.code, caught.value.exit_code) == ("RUN002", ExitCode.USAGE)
    assert not (paper.folder / ".bringup").exists()


def test_evidence_is_plain_json(paper, stages):
    go(paper)
    document = json.loads((runs(paper)[0] / "probe" / "evidence.json").read_text())
    assert set(document) >= {"status", "seconds", "metrics", "gates", "inputs", "outputs"}
