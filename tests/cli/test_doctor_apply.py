"""``--fix``, ``--apply`` and ``--undo`` for real, in a home folder of our own."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and signals")
# In a container nobody else is there, and SEC004 says nothing.
NOT_IN_A_CONTAINER = ("--fact", "surroundings.container=")
SPEC = {"argv": ["/nowhere/bin/python", "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        "display_name": "Old", "language": "python"}  # fmt: skip


class Home:
    """A user's home folder with a stale kernel and a password that everybody can read."""

    def __init__(self, folder):
        self.folder = folder
        self.kernels = folder / ".local/share/jupyter/kernels"
        self.netrc = folder / ".netrc"
        self.here = folder / "here"
        self.here.mkdir()
        self.add_kernel("old")
        self.netrc.write_text("machine example.org login me password secret\n")
        self.netrc.chmod(0o644)

    def add_kernel(self, name):
        (self.kernels / name).mkdir(parents=True)
        (self.kernels / name / "kernel.json").write_text(json.dumps(SPEC))
        (self.kernels / name / "logo.svg").write_text(name)

    @property
    def environment(self):
        ours = ("XDG_", "JUPYTER_", "BRINGUP_")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {**kept, "HOME": str(self.folder), "BRINGUP_LANG": "en", "NO_COLOR": "1"}

    @property
    def journals(self):
        if (self.here / "bringup.toml").exists():
            parent = self.here / ".bringup/journal"
        else:
            parent = self.folder / ".local/state/bringup/journal"
        return sorted(parent.glob("*/journal.json"))

    @property
    def names(self):
        return sorted(path.name for path in self.kernels.iterdir())

    @property
    def mode(self):
        return f"{self.netrc.stat().st_mode & 0o777:o}"

    def doctor(self, *arguments, code=0):
        done = subprocess.run(
            [sys.executable, "-m", "bringup", *self.words(*arguments)],
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
            cwd=self.here,
            env=self.environment,
        )
        assert done.returncode == code, (done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        return done

    @staticmethod
    def words(*arguments):
        return "doctor", "--offline", "--select", "JUP001,SEC004", *NOT_IN_A_CONTAINER, *arguments

    def found(self):
        done = self.doctor("--json", "--fail-on", "never")
        return {row["code"] for row in json.loads(done.stdout)["findings"]}

    def dying(self, name, *, after):
        """Run --apply; it is killed before or after a step that calls ``name`` was taken."""
        code = f"""
import os, signal, sys
from bringup.cli.main import main
from bringup.doctor import journal
from pathlib import Path
holder, name = {"(journal, 'move')" if name == "move" else "(Path, 'chmod')"}
real = getattr(holder, name)
def dying(*arguments, **options):
    if name == "chmod" and ".netrc" not in str(arguments[0]):
        return real(*arguments, **options)
    if {after}:
        real(*arguments, **options)
    os.kill(os.getpid(), signal.SIGKILL)
setattr(holder, name, dying)
main(sys.argv[1:])
"""
        done = subprocess.run(
            [sys.executable, "-c", code, *self.words("--apply")],
            capture_output=True,
            check=False,
            timeout=120,
            cwd=self.here,
            env=self.environment,
        )
        assert done.returncode == -signal.SIGKILL, done.stderr


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path)


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_text()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_apply_takes_findings_away_and_undo_brings_them_back(home):
    before = files(home.kernels)
    assert home.found() == {"JUP001", "SEC004"}
    plan = home.doctor("--fix").stdout
    assert f"move {home.kernels / 'old'} away" in plan
    assert f"set the mode of {home.netrc} to 600" in plan
    assert files(home.kernels) == before
    assert home.mode == "644"

    done = home.doctor("--apply")
    assert done.stdout.splitlines() == [
        "JUP001: gone, the facts were asked again",
        "SEC004: gone, the facts were asked again",
    ]
    assert not (home.kernels / "old").exists()
    assert home.mode == "600"
    assert home.found() == set()
    (journal,) = home.journals
    assert str(journal.parent) in done.stderr

    again = home.doctor("--apply")
    assert "nothing to fix" in again.stderr
    assert home.journals == [journal]

    assert "Taken back: 2 steps" in home.doctor("--undo").stderr
    assert files(home.kernels) == before
    assert home.mode == "644"
    assert home.found() == {"JUP001", "SEC004"}
    nothing = home.doctor("--undo", code=1)
    assert "nothing to take back" in nothing.stderr
    assert "hint: " in nothing.stderr


def test_json_of_apply_and_undo(home):
    document = json.loads(home.doctor("--apply", "--json").stdout)
    assert document["gone"] == ["JUP001", "SEC004"]
    assert document["left"] == []
    assert document["steps"] == 2
    nothing = json.loads(home.doctor("--apply", "--json").stdout)
    assert set(nothing) == set(document)
    assert nothing["journal"] is None
    taken = json.loads(home.doctor("--undo", "--json").stdout)
    assert (taken["journal"], taken["steps"]) == (document["journal"], 2)
    assert "error" in json.loads(home.doctor("--undo", "--json", code=1).stdout)


def test_a_project_keeps_its_journal_itself(home):
    (home.here / "train.py").write_text("")
    text = '[project]\nname = "x"\n[train]\nscript = "train.py"\n'
    (home.here / "bringup.toml").write_text(text)
    home.doctor("--apply")
    assert len(home.journals) == 1
    home.doctor("--undo")
    assert home.found() == {"JUP001", "SEC004"}


def test_series_are_taken_back_the_last_first(home):
    home.doctor("--apply")
    home.add_kernel("older")
    home.doctor("--apply")
    home.doctor("--undo")
    assert home.names == ["older"]
    home.doctor("--undo")
    assert home.names == ["old", "older"]


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("name", ["move", "chmod"])
def test_killed_in_a_step_undo_brings_everything_back(home, name, after):
    before = files(home.kernels)
    home.dying(name, after=after)
    (journal,) = home.journals
    assert any("done" not in row for row in json.loads(journal.read_text())["entries"])
    home.doctor("--undo")
    assert files(home.kernels) == before
    assert home.mode == "644"
    assert json.loads(journal.read_text())["undone"] is True
    assert home.found() == {"JUP001", "SEC004"}
    home.doctor("--undo", code=1)


def test_killed_from_outside_undo_brings_everything_back(home):
    for number in range(40):
        home.add_kernel(f"old-{number}")
    before = files(home.kernels)
    process = subprocess.Popen(
        [sys.executable, "-m", "bringup", *home.words("--apply")],
        cwd=home.here,
        env=home.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while process.poll() is None and not home.journals:
        time.sleep(0.002)
    process.kill()
    process.wait()
    assert files(home.kernels) != before or home.mode == "644"
    home.doctor("--undo")
    assert files(home.kernels) == before
    assert home.mode == "644"


def test_what_was_made_anew_meanwhile_is_not_overwritten(home):
    home.doctor("--apply")
    home.add_kernel("old")
    (home.kernels / "old" / "logo.svg").write_text("new")
    refused = home.doctor("--undo", code=1)
    assert str(home.kernels / "old") in refused.stderr
    assert "hint: " in refused.stderr
    assert (home.kernels / "old" / "logo.svg").read_text() == "new"
    (home.kernels / "old").rename(home.folder / "aside")
    home.doctor("--undo")
    assert (home.kernels / "old" / "logo.svg").read_text() == "old"
    assert home.mode == "644"


def test_what_is_gone_meanwhile_does_not_stop_the_rest(home):
    home.doctor("--apply")
    home.netrc.unlink()
    home.doctor("--undo")
    assert (home.kernels / "old").exists()


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"schema_version": 9, "entries": [], "undone": false}',
             '{"schema_version": 1, "entries": [{"do": "fly"}], "undone": false}']
)  # fmt: skip
def test_a_journal_that_cannot_be_read_is_a_fault(home, text):
    home.doctor("--apply")
    (journal,) = home.journals
    journal.write_text(text)
    said = home.doctor("--undo", code=1)
    assert said.stderr.startswith("error: ")
    assert str(journal) in said.stderr


def test_what_is_not_ours_to_do_is_said(home):
    facts = ("--fact", "driver.module_version=1.1", "--fact", "driver.library_version=1.2")
    done = home.doctor(
        *facts, "--ignore", "JUP,SEC", "--select", "DRV003", "--apply", "--json", code=1
    )
    assert "needs root" in done.stderr
    assert json.loads(done.stdout)["left"] == ["DRV003"]
    assert home.journals == []
