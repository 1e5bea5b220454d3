"""`bringup lock` and `bringup sync` as people run them, on an index of small real wheels."""

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "stack"))

from lock_fixtures import MACHINES
from stack_fixtures import make_wheel, second_server, server  # noqa: F401

from bringup.base.messages import choose_language
from bringup.cli.quick import answer_quickly, plain_sync
from bringup.workflow.stamp import NAME, current_target

PROJECT = """
[project]
name = "small"

[environment]
requirements_file = "needs.txt"

[data]
path = "data.csv"
target = "y"

[train]
model = "model.py:Net"
"""
NEEDED = "numpy scikit-learn safetensors tensorboard onnx onnxscript onnxruntime starlette uvicorn"


class Small:
    """A project in a folder, and the command that works on it."""

    def __init__(self, folder, environ):
        self.folder = folder
        self.environ = environ

    def write(self):
        self.folder.mkdir(parents=True)
        for name, text in {
            "bringup.toml": PROJECT,
            "needs.txt": "-r more.txt\n",
            "more.txt": "alpha\n",
            "data.csv": "x,y\n1,2\n",
            "model.py": "class Net: ...\n",
        }.items():
            (self.folder / name).write_text(text)
        return self

    def start(self, *arguments, **environ):
        return subprocess.Popen(
            [sys.executable, "-m", "bringup", *arguments],
            cwd=self.folder,
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def bringup(self, *arguments, code=0, **environ):
        process = self.start(*arguments, **environ)
        stdout, stderr = process.communicate(timeout=120)
        assert process.returncode == code, stderr
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def synced(self):
        """Sync until nothing is left to do; a stamp needs files that have rested a moment."""
        for _ in range(3):
            if "nothing to do" in self.bringup("sync").stderr:
                return self
        raise AssertionError("no pass left a stamp")

    @property
    def locks(self):
        return {path.name: path.read_bytes() for path in self.folder.glob("*lock*")}

    @property
    def environments(self):
        return sorted((self.folder / ".bringup" / "envs").iterdir())


@pytest.fixture(autouse=True)
def english():
    yield
    choose_language("en")


@pytest.fixture
def small(server, tmp_path):  # noqa: F811
    wheels = tmp_path / "wheels"
    server.wheels = [make_wheel(wheels, name, "1.0") for name in (*NEEDED.split(), "alpha")]
    server.wheels += [make_wheel(wheels, "torch", f"2.14.1{build}") for build in ("+cpu", "+cu126")]
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PIP_", "UV_", "BRINGUP_", "CONDA_", "XDG_", "PYENV"))
    }
    environ = {
        **kept,
        "HOME": str(tmp_path / "home"),
        "XDG_CONFIG_DIRS": str(tmp_path / "etc"),
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "PIP_INDEX_URL": server.index(),
        "UV_HTTP_RETRIES": "0",
        "BRINGUP_LANG": "en",
    }
    return Small(tmp_path / "p", environ).write()


def test_a_lock_travels_with_the_project(small, tmp_path):
    small.bringup("lock", "--target", "cpu", "--target", "cu126")
    small.bringup("sync")
    clone = Small(tmp_path / "elsewhere" / "clone", small.environ)
    shutil.copytree(small.folder, clone.folder, ignore=shutil.ignore_patterns(".bringup", "runs"))
    before = clone.locks
    # What is new on the index since is no reason to resolve again.
    done = clone.bringup("sync", UV_CACHE_DIR=str(tmp_path / "another cache"))
    assert "the lock says what the project wants: it is taken as it is" in done.stderr
    assert "target `cpu` fits this machine" in done.stderr
    assert clone.locks == before
    assert packages_of(clone) == packages_of(small)


def packages_of(project):
    found = {}
    for environment in project.environments:
        use = environment.name.partition("-")[0]
        for path in sorted(environment.glob("lib/python3*/site-packages/**/*")):
            if path.is_file() and path.suffix != ".pyc":
                name = (use, str(path.relative_to(environment)))
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_a_newer_lock_that_was_pulled_is_taken_and_a_changed_wish_is_resolved(small, tmp_path):
    small.bringup("sync")
    clone = Small(tmp_path / "clone", small.environ)
    shutil.copytree(small.folder, clone.folder, ignore=shutil.ignore_patterns(".bringup", "runs"))
    clone.bringup("sync")
    small.bringup("lock", "--target", "cu126", "--target", "cpu")
    for name, content in small.locks.items():
        (clone.folder / name).write_bytes(content)
    done = clone.bringup("sync")
    assert "is taken as it is" in done.stderr
    assert clone.locks == small.locks
    (clone.folder / "more.txt").write_text("alpha\nuvicorn\n")
    done = clone.bringup("sync")
    assert "is taken as it is" not in done.stderr
    assert "more.txt changed" in done.stderr
    assert clone.locks != small.locks
    assert b'asked = ["cu126", "cpu"]' in clone.locks["bringup.lock"]


def test_a_machine_that_does_not_fit_hears_every_fact(small):
    small.bringup("lock", "--target", "cpu@linux-x86_64")
    shutil.rmtree(small.folder / ".bringup")
    machine = str(MACHINES / "macos-m3.json")
    done = small.bringup("sync", "--machine", machine, code=1)
    told = done.stderr.partition("error:")[2]
    assert "needs os linux, this machine has macos" in told
    assert "needs arch x86_64, this machine has aarch64" in told
    assert "hint: `bringup lock --target auto`" in told
    assert not (small.folder / ".bringup" / "envs").exists()
    shown = json.loads(small.bringup("sync", "--machine", machine, "--json", code=1).stdout)
    assert [error["code"] for error in shown["error"]["errors"]] == ["ENV001", "ENV001"]


def test_a_lock_made_here_is_no_reason_to_choose_again_for_another_machine(small):
    small.bringup("lock", "--target", "cpu")
    small.bringup("sync")
    before = small.locks
    done = small.bringup("sync", "--fact", "os.arch=aarch64", code=1)
    assert "target `cpu` needs arch x86_64, this machine has aarch64" in done.stderr
    assert small.locks == before
    assert "train was there already" in small.bringup("sync").stderr
    assert small.locks == before


def test_facts_with_different_next_steps_are_told_one_by_one(small):
    small.bringup("lock", "--target", "cpu@linux-x86_64")
    shutil.rmtree(small.folder / ".bringup")
    facts = ("--fact", "os=Windows 11", "--fact", "python=3.9")
    done = small.bringup("sync", *facts, code=1)
    told = [line for line in done.stderr.splitlines() if line.startswith(("error:", "hint:"))]
    assert [line.partition(":")[0] for line in told] == ["error", "hint", "error", "hint"]
    assert "needs os linux, this machine has windows" in told[0]
    minor = f"3.{sys.version_info.minor}"
    assert f"needs Python >={minor},<3.{sys.version_info.minor + 1}, this machine has" in told[2]
    assert f"uv python install {minor}" in told[3]


@pytest.mark.parametrize("verb", ["lock", "sync"])
def test_a_lock_of_a_newer_bringup_is_not_written_over(small, verb):
    small.bringup("lock")
    newer = "schema_version = 99\n"
    rest = small.folder / "bringup.lock"
    rest.write_text(newer)
    done = small.bringup(verb, code=1)
    assert "newer bringup" in done.stderr
    assert rest.read_text() == newer


def test_an_old_lock_is_replaced_and_its_pins_stay(small, server):  # noqa: F811
    small.bringup("lock")
    rest = small.folder / "bringup.lock"
    rest.write_text('schema_version = 1\nbuild = "cpu"\n[platform]\nos = "linux"\n')
    server.wheels.append(make_wheel(small.folder.parent / "wheels", "alpha", "2.0"))
    small.bringup("sync")
    assert b"schema_version = 2" in small.locks["bringup.lock"]
    assert b'version = "1.0"' in small.locks["pylock.cpu.toml"].split(b'"alpha"')[1][:30]


def test_a_target_that_is_none_and_one_that_fails(small):
    small.bringup("lock")
    before = small.locks
    done = small.bringup("lock", "--target", "gpu", code=1)
    assert "`gpu` is no target" in done.stderr
    done = small.bringup("lock", "--target", "cpu", "--target", "cpu@linux-x86_64-py3.10", code=1)
    assert "target `cpu@linux-x86_64-py3.10`" in done.stderr
    assert small.locks == before
    assert "Traceback" not in done.stderr


def test_nothing_to_do_is_said_at_once(small, capsys, monkeypatch):
    small.synced()
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in small.environ.items():
        monkeypatch.setenv(name, value)
    assert answer_quickly(["sync", str(small.folder)])
    assert "nothing to do" in capsys.readouterr().err
    assert answer_quickly(["--lang", "zh", "sync", str(small.folder)])
    assert "无需操作" in capsys.readouterr().err
    assert answer_quickly(["sync", "--quiet", str(small.folder)])
    assert answer_quickly(["--lang", "en", "sync", "-q", str(small.folder)])
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["up"],
        ["--help"],
        ["sync", "--help"],
        ["sync", "--again"],
        ["sync", "--json"],
        ["sync", "--fact", "driver="],
        ["sync", "--machine", "m.json"],
        ["sync", "a", "b"],
        ["--lang", "fr", "sync"],
        ["--lang"],
        ["--version"],
    ],
)
def test_any_other_command_is_left_to_the_command_line(arguments):
    assert plain_sync(arguments) is None
    assert not answer_quickly(arguments)


def edit(name, text):
    return lambda small: (small.folder / name).write_text(text)


def remove(pattern):
    def change(small):
        (path,) = list(small.folder.glob(pattern))[:1]
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    return change


def set_back(name, old, new):
    """Change a file without a trace in its size and its time of writing."""

    def change(small):
        path = small.folder / name
        found = path.stat()
        text = path.read_text()
        assert old in text
        assert len(old) == len(new)
        path.write_text(text.replace(old, new))
        os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))

    return change


def new_python(small):
    folder = Path(small.environ["HOME"]) / ".pyenv" / "versions" / "3.12.9" / "bin"
    folder.mkdir(parents=True)
    (folder / "python3").symlink_to(sys.executable)


def new_settings(small):
    path = Path(small.environ["HOME"]) / ".config" / "pip" / "pip.conf"
    path.parent.mkdir(parents=True)
    path.write_text("[global]\nproxy = http://127.0.0.1:1\n")


def new_project_settings(small):
    (small.folder / "uv.toml").write_text("offline = true\n")


def new_variable(small):
    small.environ["PIP_NO_INDEX"] = "1"


def move(small):
    target = small.folder.with_name("moved")
    small.folder.rename(target)
    small.folder = target


CHANGES = {
    "the wish": edit("bringup.toml", PROJECT.replace("small", "other")),
    "the wish, time set back": set_back("bringup.toml", "small", "smaal"),
    "a requirement": edit("needs.txt", "alpha\n"),
    "an included requirement": set_back("more.txt", "alpha", "onnx "),
    "the model's file": edit("model.py", "class Other: ...\n"),
    "the model's file is gone": remove("model.py"),
    "the data are gone": remove("data.csv"),
    "a lock": edit("pylock.cpu.toml", "lock-version = '1.0'\n"),
    "a lock, time set back": set_back("pylock.cpu.toml", "sha256", "sha255"),
    "the serving lock is gone": remove("pylock.serve.toml"),
    "the rest": edit("bringup.lock", "schema_version = 2\n"),
    "an environment is gone": remove(".bringup/envs/train-*"),
    "a marker is gone": remove(".bringup/envs/serve-*/.bringup-complete.json"),
    "an environment's Python is gone": remove(".bringup/envs/train-*/bin/python"),
    "a package is gone": remove(".bringup/envs/train-*/lib/python3*/site-packages/alpha-*"),
    "a state is gone": remove(".bringup/stages/sync.json"),
    "evidence is gone": remove("runs/*/lock/evidence.json"),
    "a new Python": new_python,
    "new settings of pip": new_settings,
    "new settings of uv": new_project_settings,
    "a new variable": new_variable,
    "another folder": move,
}


@pytest.fixture
def at_rest(small, monkeypatch):
    small.synced()
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in small.environ.items():
        monkeypatch.setenv(name, value)
    return small


@pytest.mark.skipif(sys.platform == "win32", reason="paths of POSIX environments")
def test_whatever_changes_somebody_looks(at_rest, monkeypatch):
    """One project through all changes: after each, the quick answer must not be given."""
    whole = at_rest.folder.parent / "whole"
    shutil.copytree(at_rest.folder, whole, symlinks=True, copy_function=shutil.copy2)
    for name, change in CHANGES.items():
        assert current_target(at_rest.folder) == "cpu", f"before: {name}"
        change(at_rest)
        for variable, value in at_rest.environ.items():
            monkeypatch.setenv(variable, value)
        assert current_target(at_rest.folder) is None, name
        put_back(at_rest, monkeypatch)


def put_back(small, monkeypatch):
    """Make the project what it was, by its own means."""
    small.folder = small.folder.with_name("p") if small.folder.name == "moved" else small.folder
    moved = small.folder.with_name("moved")
    if moved.exists():
        moved.rename(small.folder)
    small.environ.pop("PIP_NO_INDEX", None)
    monkeypatch.delenv("PIP_NO_INDEX", raising=False)
    home = Path(small.environ["HOME"])
    for place in (home / ".pyenv", home / ".config", small.folder / "uv.toml"):
        if place.is_dir():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
    for path in (small.folder.parent / "whole").rglob("*"):
        target = small.folder / path.relative_to(small.folder.parent / "whole")
        if "envs" in path.parts or not path.is_file() or path.name == NAME:
            continue
        if not target.is_file() or target.read_bytes() != path.read_bytes():
            shutil.copy2(path, target)
    # What is known by its bytes is as it was; the rest must be looked at once.
    if current_target(small.folder) is None:
        small.synced()


def test_a_boot_or_a_driver_is_seen(at_rest):
    stamp = at_rest.folder / ".bringup" / NAME
    document = json.loads(stamp.read_text())
    watched = document["signatures"]
    for path in ("/proc/sys/kernel/random/boot_id", "/proc/driver/nvidia/version", "/dev/nvidia0"):
        assert path in watched
        other = {**watched, path: ["says", "something else"]}
        stamp.write_text(json.dumps({**document, "signatures": other}))
        assert current_target(at_rest.folder) is None
    stamp.write_text("{ broken")
    assert current_target(at_rest.folder) is None
    assert "nothing changed" in at_rest.bringup("sync").stderr
    assert current_target(at_rest.folder) == "cpu"


def test_a_stamp_holds_no_credentials(small, server):  # noqa: F811
    server.credentials = "user:geheim"
    small.environ["PIP_INDEX_URL"] = server.index("user:geheim@")
    small.synced()
    for path in small.folder.rglob("*"):
        if path.is_file() and "envs" not in path.parts:
            assert "geheim" not in path.read_text(errors="replace"), path


def test_a_sync_for_other_facts_leaves_no_stamp(small):
    small.bringup("sync", "--fact", "driver=")
    assert not (small.folder / ".bringup" / NAME).exists()
    assert current_target(small.folder) is None


def test_killed_at_any_instant_no_half_environment_is_in_use(small):
    small.bringup("lock")
    began = time.monotonic()
    small.bringup("sync")
    duration_s = time.monotonic() - began
    whole = packages_of(small)
    instants = random.Random(2026)
    for _ in range(8):
        shutil.rmtree(small.folder / ".bringup" / "envs")
        process = small.start("sync")
        time.sleep(instants.uniform(0.05, duration_s))
        process.kill()
        process.communicate()
        for environment in (small.folder / ".bringup" / "envs").glob("*"):
            if (environment / ".bringup-complete.json").exists():
                use = environment.name.partition("-")[0]
                wanted = {name: text for name, text in whole.items() if name[0] == use}
                assert wanted.items() <= packages_of(small).items()
        # Nobody says that nothing is to do while something is.
        small.bringup("sync")
        assert packages_of(small) == whole


def test_copies_are_told_once_for_all_environments(small, tmp_path):
    other = Path("/dev/shm") if Path("/dev/shm").is_dir() else tmp_path
    on_another_disk = other.stat().st_dev != tmp_path.stat().st_dev
    cache = other / f"bringup-test-{os.getpid()}"
    try:
        done = small.bringup("sync", UV_CACHE_DIR=str(cache))
    finally:
        shutil.rmtree(cache)
    assert done.stderr.count("files are copied, not linked") == int(on_another_disk)
    assert len(small.environments) == 2
