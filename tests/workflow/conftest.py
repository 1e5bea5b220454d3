"""A project on a saved machine whose stages are done on paper: states and evidence by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from bringup.base.files import write_json
from bringup.base.messages import choose_language
from bringup.machine import Fact, load_machine
from bringup.project import load_project
from bringup.stack.lock_file import LockedFile, LockFile, TargetLock, write_lock
from bringup.workflow.context import Context
from bringup.workflow.observer import SilentObserver
from bringup.workflow.state import Output, StageState, write_state

MACHINES = Path(__file__).parents[1] / "machines"
TABLE = """
[project]
name = "small"

[data]
path = "daten größe.csv"
target = "y"

[train]
model = "model.py:Net"
"""
LOCKED = TargetLock(
    "cpu",
    "cpu",
    "auto",
    ">=3.11,<3.12",
    "linux",
    "x86_64",
    "glibc",
    {
        "train": LockedFile("pylock.cpu.toml", "0" * 64),
        "serve": LockedFile("pylock.serve.toml", "1" * 64),
    },
)
TARGET = {
    "name": "cpu",
    "build": "cpu",
    "requested": "auto",
    "python": {"version": "3.11.7", "path": "/usr/bin/python3.11"},
    "locks": {
        "train": {"file": "pylock.cpu.toml", "sha256": "sha256:" + "0" * 64},
        "serve": {"file": "pylock.serve.toml", "sha256": "sha256:" + "1" * 64},
    },
}
STACK = {
    "python": {"version": "3.11.7", "path": "/usr/bin/python3.11"},
    "build": "cpu",
    "requested": "auto",
    "source": None,
}


@pytest.fixture(autouse=True)
def english():
    choose_language("en")


@dataclass
class Paper:
    """A project's folder and what its stages are said to have left."""

    folder: Path
    facts: dict

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def edit(self, old, new, name="bringup.toml"):
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    @property
    def context(self):
        """The values of a pass that begins now."""
        machine = load_machine(MACHINES / "linux-cpu.json")
        facts = {key: Fact(value, "test") for key, value in self.facts.items()}
        return Context(load_project(self.folder), machine.with_facts(facts), SilentObserver())

    def leave(self, stage, *, status="done", outputs=(), **evidence):
        """Leave a stage's state, outputs (name -> text) and evidence."""
        folder = self.folder / "runs" / "r1" / stage
        paths = {name: folder / name for name in dict(outputs)}
        for name, text in dict(outputs).items():
            self.write(paths[name].relative_to(self.folder), text)
        state = StageState(
            stage,
            status,
            {},
            str(folder),
            "r1",
            {name: Output.of(path) for name, path in paths.items()},
        )
        document = {"stage": stage, "status": status, "seconds": 1.0, **evidence}
        write_json(state.evidence_path, json.loads(json.dumps(document)))
        write_state(self.folder / ".bringup", state)
        return state

    def leave_all(self):
        """Leave all that the stages up to serve ask of the stages below."""
        write_lock(self.folder / "bringup.lock", LockFile((LOCKED,), "w"))
        rest = (self.folder / "bringup.lock").read_text(encoding="utf-8")
        locks = {"pylock.cpu.toml": "t", "pylock.serve.toml": "s", "bringup.lock": rest}
        self.leave("lock", outputs=locks, stack=STACK, packages={})
        python = str(self.folder / "env" / "bin" / "python")
        environments = {use: {"folder": "env", "python": python} for use in ("train", "serve")}
        markers = {"train": "m1", "serve": "m2"}
        self.leave("sync", outputs=markers, environments=environments, target=TARGET)
        self.leave("prepare", outputs={"splits": "x"})
        self.leave("train", outputs={"weights": "w", "history": "seconds"})
        self.leave("evaluate", outputs={"predictions": "p"})
        self.leave("export", outputs={"bundle": "b"})


@pytest.fixture
def paper(tmp_path):
    """A project in a folder whose name has a space and letters beyond ASCII."""
    folder = tmp_path / "mein Projekt 项目"
    folder.mkdir()
    paper = Paper(folder, {})
    paper.write("bringup.toml", TABLE)
    paper.write("daten größe.csv", "x,y\n1,2\n")
    paper.write("model.py", "import layers\n\nclass Net: ...\n")
    paper.write("layers.py", "")
    return paper
