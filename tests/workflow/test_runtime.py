"""Stages in processes of their own, real ones: a tiny runtime world, and once the true one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bringup.base.errors import BringupError, ExitCode, UnreachableError
from bringup.base.files import read_json
from bringup.workflow.runtime import (
    RuntimeBug,
    code_digest,
    follow,
    lay_runtime,
    run_stage,
    runtime_env,
)

MAIN = """
import json, os, signal, sys, time
from pathlib import Path
stage, flag, file = sys.argv[1:]
request = json.loads(Path(file).read_text(encoding="utf-8"))
folder = Path(request["folder"])
exec(request["config"]["code"])
"""
ANSWER = "(folder / 'result.json').write_text(json.dumps({'stage': stage, 'details': request}))"
ERROR = {"code": "STK010", "params": {"place": "x", "reason": "y"}, "exit_code": 4}


@pytest.fixture
def tiny(tmp_path):
    """A runtime world that does what the request's config says."""
    package = tmp_path / "mein runtime" / "bringup" / "pipeline"
    package.mkdir(parents=True)
    for place in (package, package.parent):
        (place / "__init__.py").touch()
    (package / "__main__.py").write_text(MAIN, encoding="utf-8")
    return package.parents[1]


def run(tiny, folder, code, events=None):
    folder.mkdir(exist_ok=True)
    return run_stage(
        {"stage": "train", "folder": str(folder), "config": {"code": code}},
        python=Path(sys.executable),
        runtime=tiny,
        on_event=(events if events is not None else []).append,
    )


def test_a_stage_is_given_its_request_and_its_result_comes_back(tiny, tmp_path):
    result = run(tiny, tmp_path / "größe 1", ANSWER)
    assert result["stage"] == "train"
    assert result["details"]["schema_version"] == 1
    assert result["details"]["folder"] == str(tmp_path / "größe 1")


def test_events_are_told_in_order_and_those_of_an_earlier_try_are_not(tiny, tmp_path):
    say = "\nopen(folder / 'events.jsonl', 'a').write(json.dumps({'n': %d}) + '\\n')\n"
    events = []
    run(tiny, tmp_path / "w", say % 1 + say % 2 + ANSWER, events)
    run(tiny, tmp_path / "w", say % 3 + ANSWER, events)
    assert events == [{"n": 1}, {"n": 2}, {"n": 3}]


def test_a_fault_that_the_stage_wrote_down_is_raised_here(tiny, tmp_path):
    code = f"(folder / 'error.json').write_text({json.dumps(ERROR)!r}); sys.exit(4)"
    with pytest.raises(BringupError) as caught:
        run(tiny, tmp_path / "w", code)
    assert caught.value.code == "STK010"
    assert caught.value.exit_code == ExitCode.UNREACHABLE == UnreachableError.exit_code


def test_answers_of_an_earlier_try_do_not_count(tiny, tmp_path):
    folder = tmp_path / "w"
    run(tiny, folder, ANSWER)
    (folder / "error.json").write_text(json.dumps(ERROR))
    with pytest.raises(RuntimeBug):
        run(tiny, folder, "sys.exit(3)")
    with pytest.raises(BringupError) as caught:
        run(tiny, folder, "pass")
    assert caught.value.code == "FIL004"


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_stage_that_is_killed_names_the_signal(tiny, tmp_path):
    with pytest.raises(BringupError) as caught:
        run(tiny, tmp_path / "w", "os.kill(os.getpid(), signal.SIGKILL)")
    assert caught.value.code == "RUN010"
    assert "SIGKILL" in str(caught.value)


@pytest.mark.skipif(sys.platform != "linux", reason="real-time signals")
def test_a_signal_without_a_name_is_no_bug(tiny, tmp_path):
    with pytest.raises(BringupError) as caught:
        run(tiny, tmp_path / "w", "os.kill(os.getpid(), 40)")
    assert "signal 40" in str(caught.value)


@pytest.mark.parametrize("code", ["sys.exit(130)", "os.kill(os.getpid(), signal.SIGINT)"])
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupted_stage_interrupts_us(tiny, tmp_path, code):
    restore = "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
    with pytest.raises(KeyboardInterrupt):
        run(tiny, tmp_path / "w", restore + code)


def test_an_end_without_an_answer_is_our_bug_and_shows_what_it_wrote(tiny, tmp_path):
    with pytest.raises(RuntimeBug) as caught:
        run(tiny, tmp_path / "w", "raise RuntimeError('größer als gedacht')")
    assert "stage train ended with code 1" in str(caught.value)
    assert "größer als gedacht" in str(caught.value)


def test_nothing_is_left_running_when_the_watcher_fails(tiny, tmp_path):
    folder = tmp_path / "w"
    folder.mkdir()
    pid_file = folder / "pid"
    code = (
        f"import os, time; open({str(pid_file)!r}, 'w').write(str(os.getpid()));"
        f"open({str(folder / 'events.jsonl')!r}, 'w').write('{{}}\\n'); time.sleep(60)"
    )

    def fail(event):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        follow(
            [sys.executable, "-c", code],
            folder=folder,
            log=folder / "log",
            env=dict(os.environ),
            on_event=fail,
        )
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)


def test_the_runtime_world_is_laid_once_and_stands_alone(tmp_path):
    home = lay_runtime(tmp_path / "state" / "runtime")
    stamp = home.stat().st_mtime_ns
    assert lay_runtime(tmp_path / "state" / "runtime") == home
    assert home.stat().st_mtime_ns == stamp
    assert [path.name for path in home.parent.iterdir()] == [home.name]
    laid = {path.name for path in (home / "bringup").iterdir()}
    assert laid == {"__init__.py", "base", "pipeline", "serving"}
    code = "import bringup.base.messages as m; m.choose_language('zh'); print(m.text_of('RUN102'))"
    # -I: nothing of ours but what was laid.
    argv = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(home)!r}); {code}"]
    done = subprocess.run(argv, capture_output=True, check=True, env={"PYTHONUTF8": "1"})
    assert done.stdout.decode("utf-8").strip() == "上次被中断"


def test_the_true_runtime_world_runs_a_script(tmp_path):
    folder, project = tmp_path / "work", tmp_path / "mein Projekt"
    for place in (folder, project):
        place.mkdir()
    (project / "train.py").write_text(
        "import sys; print('epoch 1 loss 0.5', *sys.argv[1:]); open('model.pt', 'w').write('m')"
    )
    events = []
    result = run_stage(
        {
            "stage": "script",
            "folder": str(folder),
            "project_folder": str(project),
            "config": {
                "train": {"script": "train.py", "args": ["--x", "ü"], "outputs": ["model.pt"]}
            },
            "inputs": {},
            "language": "en",
        },
        python=Path(sys.executable),
        runtime=lay_runtime(tmp_path / "runtime"),
        on_event=events.append,
    )
    assert list(result["details"]["files"]) == ["model.pt"]
    assert "line" in {event["kind"] for event in events}
    assert (folder / "output.log").read_text("utf-8").strip() == "epoch 1 loss 0.5 --x ü"
    assert read_json(folder / "result.json") == result


def test_our_interpreter_settings_do_not_reach_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    monkeypatch.setenv("VIRTUAL_ENV", "/ours")
    monkeypatch.setenv("PYTHONPATH", "/ours/too")
    env = runtime_env(tmp_path, {"EXTRA": "1"})
    assert "PYTHONHOME" not in env
    assert "VIRTUAL_ENV" not in env
    assert env["PYTHONPATH"] == str(tmp_path)
    assert env["EXTRA"] == "1"


def test_code_digests_tell_the_packages_apart_and_stay():
    pipeline, serving = code_digest("pipeline"), code_digest("serving")
    assert pipeline != serving
    assert pipeline.startswith("sha256:")
    code_digest.cache_clear()
    assert (code_digest("pipeline"), code_digest("serving")) == (pipeline, serving)
