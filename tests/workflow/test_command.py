"""Commands and single stages over a project whose environment is the Python that runs us."""

import json
import sys

import pytest

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter
from bringup.base.files import read_json
from bringup.workflow.command import run_in_project
from bringup.workflow.context import StageFolder
from bringup.workflow.observer import SilentObserver
from bringup.workflow.server import serve_bundle
from bringup.workflow.stages import ALL_STAGES


@pytest.fixture
def with_python(paper):
    paper.leave("sync", environments={"train": {"python": sys.executable}})
    return paper


def test_a_command_leaves_its_record_and_its_output(with_python):
    code = "import os; print(os.getcwd()); raise SystemExit(5)"
    context = with_python.context
    record = run_in_project(context, ["python", "-c", code], show=False)
    assert record["exit_code"] == 5
    assert record["command"] == ["python", "-c", code]
    log = with_python.folder / record["log"]
    assert log.read_text(encoding="utf-8").strip() == str(with_python.folder)
    assert read_json(log.parent / "record.json") == record


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_command_that_a_signal_ends_has_the_code_of_a_shell(with_python):
    code = "import os; os.kill(os.getpid(), 9)"
    record = run_in_project(with_python.context, ["python", "-c", code], show=False)
    assert record["exit_code"] == 137


def test_a_program_that_is_not_there(with_python):
    with pytest.raises(BringupError) as caught:
        run_in_project(with_python.context, ["no-such-program"], show=False)
    assert caught.value.code == "PRC001"


def test_a_script_of_ones_own_has_nothing_to_serve(paper):
    paper.write("train.py", "")
    paper.write("bringup.toml", '[project]\nname = "x"\n[train]\nscript = "train.py"\n')
    with pytest.raises(BringupError) as caught:
        serve_bundle(paper.context, host="127.0.0.1", port=0, say=print)
    assert caught.value.code == "RUN007"


@pytest.mark.parametrize("stage", ["probe", "report"])
def test_stages_of_the_control_world_leave_their_file(paper, stage):
    paper.facts = {"index.pip.index_url": "https://reader:geheim@mirror.example/simple"}
    paper.leave("probe", machine={"facts": {}})
    path = paper.folder / "work"
    writer = EventWriter(path / "events.jsonl", stage)
    outcome = ALL_STAGES[stage].run(paper.context, StageFolder(path, writer, SilentObserver()))
    writer.close()
    (file,) = outcome.outputs.values()
    assert "geheim" not in file.read_text(encoding="utf-8")
    assert "geheim" not in json.dumps(dict(outcome.details))
    assert outcome.metrics
