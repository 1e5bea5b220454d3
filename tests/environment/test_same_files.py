"""The same lock gives the same files, byte for byte; they are linked from uv's cache."""

import csv
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from stack_fixtures import OWN_PYTHON, make_machine, make_wheel

from bringup.environment.venv import MARKER, sync_environment
from bringup.machine.model import Interpreter
from bringup.stack.lock import lock_environment
from bringup.stack.model import Stack

PYTHON = Interpreter(**OWN_PYTHON)
# Scripts begin with the path of their environment's Python, and so do the files that activate it;
# uv writes their hashes into RECORD. The marker says where and how fast it was built.
NAMES_THE_FOLDER = ("bin", "Scripts", "pyvenv.cfg", MARKER)


@pytest.fixture(autouse=True)
def quick_uv(monkeypatch):
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")


@pytest.fixture
def wheels(server, tmp_path):
    """An index with packages that bring modules, data, a command and a script."""
    entry = "[console_scripts]\nalpha = alpha:main\n"
    server.wheels = [
        make_wheel(
            tmp_path / "w",
            "alpha",
            "1.0",
            requires=["beta"],
            files={
                "alpha/main.py": "def main(): print('hello')\n",
                "alpha-1.0.dist-info/entry_points.txt": entry,
                "alpha-1.0.data/data/share/alpha/table.csv": "a,b\n1,2\n",
            },
        ),
        make_wheel(
            tmp_path / "w",
            "beta",
            "2.0",
            files={"beta/größe.txt": "Größe\n", "beta/lib.so": "\x7fELF"},
        ),
    ]
    return server


def locked(folder, server):
    folder.mkdir()
    stack = Stack(PYTHON, "cpu", "auto", ("alpha",), None, ())
    machine = make_machine(settings={"index": server.index()})
    return lock_environment(
        stack, machine=machine, folder=folder, state_folder=folder / ".bringup"
    ).train


def build(pylock, envs, server, heard=None):
    def notify(code, params):
        if heard is not None:
            heard.append(code)

    machine = make_machine(settings={"index": server.index()})
    return sync_environment(
        pylock, python=PYTHON, envs_folder=envs, name="train", machine=machine, notify=notify
    )


def contents(folder):
    """Return relative name -> SHA-256 of all files but those that name the folder."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        # Bytecode holds the time of its source; whoever imports first writes it.
        if name.parts[0] in NAMES_THE_FOLDER or path.suffix == ".pyc" or not path.is_file():
            continue
        if path.name == "RECORD":
            found[str(name)] = record(path)
        else:
            found[str(name)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def record(path):
    """Return the rows of a RECORD but those of scripts, whose hash holds the folder's path."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = [tuple(row) for row in csv.reader(file)]
    return sorted(row for row in rows if "/bin/" not in row[0] and "/Scripts/" not in row[0])


def test_two_machines_with_one_lock_have_the_same_files(wheels, tmp_path, monkeypatch):
    first_machine = locked(tmp_path / "one", wheels)
    second_machine = tmp_path / "two elsewhere" / first_machine.name
    second_machine.parent.mkdir()
    shutil.copy(first_machine, second_machine)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache-one"))
    cold = build(first_machine, tmp_path / "one" / "envs", wheels)
    warm = build(second_machine, tmp_path / "two elsewhere" / "envs", wheels)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache-two"))
    other = build(second_machine, tmp_path / "three" / "envs", wheels)
    assert len({cold.folder, warm.folder, other.folder}) == 3
    files = contents(cold.folder)
    names = {Path(name).name for name in files}
    assert {"main.py", "größe.txt", "lib.so", "table.csv", "RECORD", "METADATA"} <= names
    assert contents(warm.folder) == files
    assert contents(other.folder) == files
    scripts = [sorted(path.name for path in env.python.parent.iterdir()) for env in (cold, other)]
    assert scripts[0] == scripts[1]


def test_a_warm_cache_needs_no_server(wheels, tmp_path, monkeypatch):
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    pylock = locked(tmp_path / "p", wheels)
    build(pylock, tmp_path / "one", wheels)
    asked = len(wheels.asked)
    wheels.wheels = []
    assert build(pylock, tmp_path / "two", wheels).built
    assert len(wheels.asked) == asked


def has_reflinks(folder):
    """Say whether files of the folder's disk can share their bytes without being one."""
    (folder / "whole").write_bytes(b"x" * 8192)
    copy = ["cp", "--reflink=always", folder / "whole", folder / "copy"]
    return subprocess.run(copy, check=False, capture_output=True).returncode == 0


def numbers_of(folder):
    return {path.stat().st_ino for path in folder.rglob("*") if path.is_file()}


def test_files_are_linked_from_the_cache(wheels, tmp_path, monkeypatch):
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    heard = []
    environment = build(locked(tmp_path / "p", wheels), tmp_path / "envs", wheels, heard)
    (module,) = environment.folder.glob("lib/python3*/site-packages/alpha/main.py")
    linked = module.stat().st_ino in numbers_of(tmp_path / "cache")
    assert linked or has_reflinks(tmp_path)
    assert "ENV032" not in heard


def another_disk(folder):
    """Return a folder on another disk, None where there is only one."""
    for place in ("/dev/shm", "/run", "/var/tmp", str(Path.home())):
        path = Path(place)
        usable = path.is_dir() and os.access(path, os.W_OK)
        if usable and path.stat().st_dev != folder.stat().st_dev:
            return path
    return None


def test_a_cache_on_another_disk_is_copied_from_and_that_is_said(wheels, tmp_path, monkeypatch):
    other = another_disk(tmp_path)
    cache = (other or tmp_path) / f"bringup-test-cache-{os.getpid()}"
    monkeypatch.setenv("UV_CACHE_DIR", str(cache))
    heard = []
    try:
        environment = build(locked(tmp_path / "p", wheels), tmp_path / "envs", wheels, heard)
        (module,) = environment.folder.glob("lib/python3*/site-packages/alpha/main.py")
        shared = module.stat().st_ino in numbers_of(cache)
    finally:
        shutil.rmtree(cache)
    assert module.read_text() == "def main(): print('hello')\n"
    if other is None:
        assert "ENV032" not in heard
    else:
        assert heard.count("ENV032") == 1
        assert not shared
