from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter, read_events
from bringup.pipeline import script
from bringup.pipeline.request import Request, Result

SCRIPT = """
import os, sys
from helper import NAME
print("python", sys.executable, "in", os.getcwd(), sys.argv[1:], NAME)
print("ours" if any("bringup" in row for row in sys.path) else "clean")
for epoch in (1, 2):
    print(f"epoch {epoch} loss {1 / epoch} val_acc {epoch / 4}", flush=True)
print("step 1\\rstep 2", file=sys.stderr)
open("weights.bin", "wb").write(b"abc")
"""


def run(folder: Path, body: str, **section: Any) -> tuple[Request, Result]:
    (folder / "my_train.py").write_text(body)
    work = folder / "runs" / "script"
    work.mkdir(parents=True, exist_ok=True)
    train = {"script": "my_train.py", "args": [], "outputs": [], **section}
    request = Request("script", work, folder, {"train": train}, {})
    events = EventWriter(work / "events.jsonl", "script")
    try:
        return request, script.run(request, events)
    finally:
        events.close()


def test_a_script_runs_unchanged_and_is_watched(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("NAME = 'helped'\n")
    request, result = run(tmp_path, SCRIPT, args=["--x", "1 2"], outputs=["weights.bin"])
    log = (request.folder / "output.log").read_bytes().decode()
    assert f"python {sys.executable} in {tmp_path} ['--x', '1 2'] helped\n" in log
    assert "step 1\rstep 2" in log
    assert result.details["files"] == {
        "weights.bin": "sha256:" + hashlib.sha256(b"abc").hexdigest()
    }
    history = result.details["history"]
    assert [row["train"]["loss"] for row in history] == [1.0, 0.5]
    assert result.metrics["validation_accuracy"].value == 0.5
    assert result.details["last_lines"][-1] == "step 2"
    kinds = [event["kind"] for event in read_events(request.folder / "events.jsonl")]
    assert kinds.count("epoch") == 2
    assert "line" in kinds


def test_resources_of_the_whole_tree_are_recorded(tmp_path: Path) -> None:
    body = (
        "import subprocess, sys\n"
        'code = \'x = bytearray(60_000_000); x[::4096] = b"1" * len(x[::4096]);'
        " import time; time.sleep(0.5)'\n"
        "both = [subprocess.Popen([sys.executable, '-c', code]) for _ in range(2)]\n"
        "sum(range(10**6))\n"
        "[p.wait() for p in both]\n"
    )
    _, result = run(tmp_path, body)
    used = result.details["resources"]
    assert used["exit_code"] == 0
    assert used["cpu_seconds"] > 0
    assert used["seconds"] >= 0.5
    if sys.platform == "linux":
        assert used["peak_processes"] == 3
        assert used["peak_rss_bytes"] > 120_000_000


def test_our_import_path_does_not_leak(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = str(Path(script.__file__).resolve().parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([ours, "/somewhere/else"]))
    request, _ = run(tmp_path, "import os; print(os.environ['PYTHONPATH'])")
    assert (request.folder / "output.log").read_text() == "/somewhere/else\n"


def test_a_failing_script_shows_its_last_lines(tmp_path: Path) -> None:
    with pytest.raises(BringupError) as caught:
        run(tmp_path, "print('before')\nraise ValueError('no luck')\n")
    assert caught.value.code == "TRN041"
    assert "exit code 1" in str(caught.value)
    assert "ValueError: no luck" in str(caught.value)
    assert "output.log" in (caught.value.hint or "")


def test_a_script_ended_by_a_signal_is_said(tmp_path: Path) -> None:
    with pytest.raises(BringupError) as caught:
        run(tmp_path, "import os\nprint('x', flush=True)\nos.kill(os.getpid(), 9)\n")
    assert caught.value.code == "TRN042"
    assert caught.value.params["signal"] == "KILL"


def test_missing_files_are_said(tmp_path: Path) -> None:
    with pytest.raises(BringupError) as caught:
        run(tmp_path, "pass", outputs=["weights.bin", "script.log"])
    assert caught.value.code == "TRN043"
    assert "weights.bin, script.log" in str(caught.value)
    with pytest.raises(BringupError) as caught:
        run(tmp_path, "pass", script="other.py")
    assert caught.value.code == "TRN040"


def test_an_output_of_an_earlier_run_is_noted(tmp_path: Path) -> None:
    old = tmp_path / "weights.bin"
    old.write_bytes(b"old")
    os.utime(old, (1, 1))
    request, _ = run(tmp_path, "pass", outputs=["weights.bin"])
    notes = [e["code"] for e in read_events(request.folder / "events.jsonl")]
    assert notes == ["TRN044"]


def test_output_that_is_no_text_is_kept_as_it_is(tmp_path: Path) -> None:
    request, result = run(
        tmp_path, "import sys; sys.stdout.buffer.write(b'\\xff\\xfe caf\\xc3\\xa9')"
    )
    assert (request.folder / "output.log").read_bytes() == b"\xff\xfe caf\xc3\xa9"
    assert result.details["last_lines"] == ["�� café"]
