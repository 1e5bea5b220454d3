from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter
from bringup.base.evidence import Metric
from bringup.pipeline import __main__ as entry
from bringup.pipeline.request import Request, Result


def write_request(folder: Path, **changes: Any) -> Path:
    document = {
        "schema_version": 1,
        "stage": "prepare",
        "folder": str(folder / "work"),
        "project_folder": str(folder),
        "config": {"project": {"seed": 7}, "data": None},
        "inputs": {},
        "dataset": None,
        "language": "en",
        **changes,
    }
    path = folder / "request.json"
    path.write_text(json.dumps(document))
    return path


def read(path: Path) -> Any:
    return json.loads(path.read_text())


@pytest.fixture
def stage(monkeypatch):
    """Let a function of the test be the stage ``prepare``."""

    def install(run: Any) -> None:
        monkeypatch.setattr(sys.modules[__name__], "_run", run, raising=False)
        monkeypatch.setitem(entry.STAGES, "prepare", f"{__name__}:_run")
        monkeypatch.setitem(sys.modules, __name__, sys.modules[__name__])

    return install


def run_stage(path: Path) -> int:
    # In the tests' own process the parent may end first: it must not take pytest with it.
    return entry.main(["prepare", "--request", str(path)])


@pytest.fixture(autouse=True)
def keep_the_parent(monkeypatch):
    monkeypatch.setattr(entry, "die_with_parent", lambda: None)


def test_a_request_gives_its_sections_and_its_seed(tmp_path):
    request = Request.read(write_request(tmp_path))
    assert request.folder == tmp_path / "work"
    assert request.seed == 7
    assert request.section("data") == {}
    assert request.section("train") == {}


def test_an_upstream_folder_must_be_there(tmp_path):
    (tmp_path / "prepare").mkdir()
    inputs = {"prepare": str(tmp_path / "prepare"), "train": str(tmp_path / "gone")}
    request = Request.read(write_request(tmp_path, inputs=inputs))
    assert request.upstream("prepare") == tmp_path / "prepare"
    for name in ("train", "export"):
        with pytest.raises(BringupError) as caught:
            request.upstream(name)
        assert caught.value.code == "PRE002"


def test_a_request_of_another_version_is_refused(tmp_path):
    with pytest.raises(BringupError, match="schema_version"):
        Request.read(write_request(tmp_path, schema_version=2))


def test_a_request_without_a_key_is_refused(tmp_path):
    path = tmp_path / "request.json"
    path.write_text('{"schema_version": 1, "stage": "train"}')
    with pytest.raises(BringupError, match="no key 'folder'"):
        Request.read(path)


def test_numbers_that_json_does_not_know_become_null(tmp_path):
    result = Result(
        "train",
        metrics={"loss": Metric(float("nan"))},
        details={"history": [{"loss": float("inf"), "epoch": 1}], "pair": (1.5, float("nan"))},
    )
    result.write(tmp_path)
    document = read(tmp_path / "result.json")
    assert document["metrics"]["loss"] == {"value": None}
    assert document["details"] == {"history": [{"loss": None, "epoch": 1}], "pair": [1.5, None]}


def test_a_stage_that_ends_well_leaves_its_result_and_no_old_answer(tmp_path, stage):
    work = tmp_path / "work"
    (work / "deep").mkdir(parents=True)
    for name in ("error.json", "result.json", ".model.onnx.x1.part", "deep/.a.b.part"):
        (work / name).write_text("old")

    def run(request: Request, events: EventWriter) -> Result:
        events.emit("progress", done=1, total=1, unit="steps")
        assert sorted(path.name for path in work.rglob("*")) == ["deep", "events.jsonl"]
        return Result(request.stage, outputs={"model": "model.onnx"})

    stage(run)
    assert run_stage(write_request(tmp_path)) == 0
    assert read(work / "result.json")["outputs"] == {"model": "model.onnx"}
    assert read(work / "events.jsonl")["stage"] == "prepare"
    assert not (work / "error.json").exists()


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (BringupError("PRE015"), "PRE015"),
        (MemoryError(), "PRE003"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried 9 bytes"), "PRE003"),
        (type("OutOfMemoryError", (RuntimeError,), {})("CUDA out of memory.\nmore"), "PRE004"),
        (OSError(28, "No space left on device", "x.npy"), "FIL001"),
        (RuntimeError("I/O error: No space left on device (os error 28)"), "FIL001"),
        (PermissionError(13, "Permission denied", "x.npy"), "FIL002"),
    ],
)
def test_a_fault_leaves_its_error_and_exit_code_1(tmp_path, stage, raised, code):
    def run(request: Request, events: EventWriter) -> Result:
        raise raised

    stage(run)
    assert run_stage(write_request(tmp_path)) == 1
    error = read(tmp_path / "work" / "error.json")
    assert (error["code"], error["exit_code"]) == (code, 1)
    assert BringupError.from_json(error).code == code
    assert not (tmp_path / "work" / "result.json").exists()


@pytest.mark.parametrize("raised", [ZeroDivisionError("ours"), OSError(5, "odd")])
def test_a_bug_shows_its_traceback_and_exits_3(tmp_path, stage, capsys, raised):
    def run(request: Request, events: EventWriter) -> Result:
        raise raised

    stage(run)
    assert run_stage(write_request(tmp_path)) == 3
    assert "Traceback" in capsys.readouterr().err
    assert not (tmp_path / "work" / "error.json").exists()


def test_an_interrupt_exits_130(tmp_path, stage):
    def run(request: Request, events: EventWriter) -> Result:
        raise KeyboardInterrupt

    stage(run)
    assert run_stage(write_request(tmp_path)) == 130


def test_an_error_that_cannot_be_written_is_said_on_stderr(tmp_path, capsys):
    path = write_request(tmp_path)
    (tmp_path / "work").write_text("a file where the work folder should be")
    assert run_stage(path) == 1
    assert "error: cannot write" in capsys.readouterr().err


def test_the_language_of_the_request_is_the_language_of_its_errors(tmp_path, stage):
    def run(request: Request, events: EventWriter) -> Result:
        raise BringupError("PRE015")

    stage(run)
    run_stage(write_request(tmp_path, language="zh"))
    chinese = read(tmp_path / "work" / "error.json")["text"]
    run_stage(write_request(tmp_path, language="en"))
    assert "[data]" in chinese
    assert chinese != read(tmp_path / "work" / "error.json")["text"]


def test_the_module_runs_from_the_command_line(tmp_path):
    path = write_request(tmp_path)
    command = [sys.executable, "-m", "bringup.pipeline", "prepare", "--request", str(path)]
    assert subprocess.run(command, check=False).returncode == 1
    assert read(tmp_path / "work" / "error.json")["code"] == "PRE015"


def test_an_unknown_stage_is_a_usage_error(tmp_path):
    command = [sys.executable, "-m", "bringup.pipeline", "dance", "--request", "x"]
    done = subprocess.run(command, check=False, capture_output=True)
    assert done.returncode == 2
    assert b"prepare" in done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a death")
def test_a_stage_dies_with_whoever_started_it(tmp_path):
    (tmp_path / "slow.py").write_text(
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from bringup.pipeline import __main__ as entry\n"
        "def run(request, events):\n"
        "    part = request.folder / 'pid.part'\n"
        "    part.write_text(str(os.getpid()))\n"
        "    part.rename(request.folder / 'pid')\n"
        "    time.sleep(60)\n"
        "entry.STAGES['prepare'] = 'slow:run'\n"
        "if __name__ == '__main__':\n"
        "    sys.exit(entry.main(sys.argv[1:]))\n"
    )
    path = write_request(tmp_path)
    starter = (
        "import subprocess, sys\n"
        "subprocess.run([sys.executable, 'slow.py', 'prepare', '--request', sys.argv[1]])\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter, str(path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])},
    )
    marker = tmp_path / "work" / "pid"
    deadline = time.monotonic() + 30
    while not marker.exists():
        assert parent.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    child = int(marker.read_text())
    parent.send_signal(signal.SIGKILL)
    parent.wait(30)
    while _is_running(child):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
