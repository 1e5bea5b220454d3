"""Faults of the machine: a clear word, the exit code of the contract, nothing lost."""

import json
import os
import pty
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = [pytest.mark.runtime, pytest.mark.timeout(300)]


def _succeeds(command):
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@pytest.fixture
def small_disk(small_project):
    """Put the project's runs on a disk of 8 MiB of their own, and return their folder."""
    runs = small_project.path / "runs"
    aside = small_project.path / "runs-aside"
    shutil.copytree(runs, aside)
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(runs)]
    if sys.platform != "linux" or not _succeeds(mount):
        shutil.rmtree(aside)
        pytest.skip("mounting a disk is not permitted here")
    shutil.copytree(aside, runs, dirs_exist_ok=True)
    yield runs
    subprocess.run(["umount", str(runs)], check=True)
    shutil.rmtree(aside)


def fill(folder, keep_bytes):
    """Fill the disk of ``folder`` up to some bytes, and return the file that does it."""
    disk = os.statvfs(folder)
    filler = folder / "filler"
    filler.write_bytes(bytes(max(0, disk.f_bavail * disk.f_frsize - keep_bytes)))
    return filler


def weights_of(document):
    return document["stages"]["train"]["outputs"]["weights"]


def refused(folder, stage):
    """Run up to a stage that a full disk must stop, and look at what is said."""
    full = folder.bringup("up", "--until", stage)
    assert full.returncode == 1
    assert f"error: no space left on the disk that holds {folder.path / 'runs'}" in full.stderr
    assert "hint: free some space" in full.stderr
    assert "Traceback" not in full.stderr


@pytest.mark.parametrize("keep_kib", [0, 24])
def test_a_full_disk_stops_a_stage_that_completes_later(small_project, small_disk, keep_kib):
    before = small_project.up()["stages"]["prepare"]["outputs"]
    small_project.forget("prepare")
    filler = fill(small_disk, keep_kib << 10)
    refused(small_project, "prepare")
    filler.unlink()
    assert small_project.up("--until", "prepare")["stages"]["prepare"]["outputs"] == before


def test_training_goes_on_after_a_full_disk(small_project, small_disk):
    undisturbed = weights_of(small_project.up())
    small_project.forget("train")
    filler = fill(small_disk, 200 << 10)
    refused(small_project, "train")
    filler.unlink()
    document = small_project.up("--until", "train")
    assert document["stages"]["train"]["resumed_from"] is not None
    assert weights_of(document) == undisturbed


def test_an_index_that_does_not_answer(small_project, tmp_path, monkeypatch):
    shutil.copy(small_project.path / "bringup.toml", tmp_path)
    for name in ("UV_CACHE_DIR", "BRINGUP_CACHE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    done = small_project.bringup("lock", str(tmp_path), "--json")
    assert done.returncode == 4
    error = json.loads(done.stdout)["error"]
    assert "http://127.0.0.1:9/simple" in error["text"]
    assert "bringup probe --section index" in error["hint"]
    assert not list(tmp_path.glob("pylock*"))


def test_a_damaged_file_in_the_cache_is_replaced(small_project, tmp_path, monkeypatch):
    monkeypatch.setenv("BRINGUP_CACHE_DIR", str(tmp_path))
    small_project.forget("prepare")
    before = small_project.up("--until", "prepare")["stages"]["prepare"]["outputs"]
    target = tmp_path / "datasets" / "diabetes" / "diabetes_target.csv"
    target.write_bytes(b"9" + target.read_bytes()[1:])
    small_project.forget("prepare")
    done = small_project.bringup("up", "--until", "prepare")
    assert done.returncode == 0
    assert "diabetes_target.csv in the cache is damaged and has been removed" in done.stderr
    assert small_project.up("--until", "prepare")["stages"]["prepare"]["outputs"] == before


def test_no_permission(small_project):
    """As root the system refuses nothing, so the right to pass over permissions is given away."""
    words = [sys.executable, "-m", "bringup", "up"]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("needs setpriv to give rights away")
        rights = "-dac_override,-dac_read_search"
        words = ["setpriv", f"--bounding-set={rights}", "--inh-caps=-all", *words]
    lock = small_project.path / ".bringup" / "lock"
    mode = lock.stat().st_mode
    lock.chmod(0o400)
    try:
        done = subprocess.run(
            words,
            check=False,
            cwd=small_project.path,
            capture_output=True,
            text=True,
            env={**os.environ, "BRINGUP_LANG": "en"},
        )
    finally:
        lock.chmod(mode)
    assert done.returncode == 1
    assert f"no permission to write {lock}" in done.stderr
    assert f"`ls -ld {lock}`" in done.stderr
    assert small_project.up()["status"] == "done"


def _starts_training(folder):
    state = folder / ".bringup" / "stages" / "train.json"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if state.exists():
            work = Path(json.loads(state.read_text())["folder"])
            if list((work / "checkpoint").glob("*.ckpt")):
                return
        time.sleep(0.02)
    raise AssertionError("training did not begin")


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals")
@pytest.mark.parametrize("how", ["ctrl-c", "closed"])
def test_interrupted_in_a_terminal(small_project, how):
    undisturbed = weights_of(small_project.up())
    small_project.forget("train")
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(small_project.path)
        environment = {**os.environ, "BRINGUP_LANG": "en"}
        argv = [sys.executable, "-m", "bringup", "up", "--until", "train"]
        os.execve(sys.executable, argv, environment)
    _starts_training(small_project.path)
    said = b""
    if how == "ctrl-c":
        os.write(terminal, b"\x03")
        said = _rest_of(terminal)
        assert b"interrupted; the same command goes on where it stopped" in said
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 130
    assert b"Traceback" not in said
    train = small_project.up("--until", "train")
    assert train["stages"]["train"]["resumed_from"] is not None
    assert weights_of(train) == undisturbed


def _rest_of(terminal):
    said = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:
            # Linux ends a terminal that nobody holds any more with an error.
            return said
        if not piece:
            return said
        said += piece
