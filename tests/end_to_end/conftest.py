"""A real project, brought up by the real command, shared by the tests of this folder."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT = """
[project]
name = "small"
seed = 7

[data]
dataset = "diabetes"

[train]
task = "regression"
model = "mlp"
hidden = [20]
epochs = 300
batch_size = 32
learning_rate = 0.0005
weight_decay = 0.01
checkpoint_every_s = 0.05

[evaluate.gates]
r2 = ">= 0.2"
"""


@dataclass(frozen=True)
class Folder:
    """A project's folder and the command that works in it."""

    path: Path

    def start(self, *arguments):
        return subprocess.Popen(
            [sys.executable, "-m", "bringup", *arguments],
            cwd=self.path,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "BRINGUP_LANG": "en"},
        )

    def bringup(self, *arguments):
        process = self.start(*arguments)
        stdout, stderr = process.communicate(timeout=280)
        return subprocess.CompletedProcess(arguments, process.returncode, stdout, stderr)

    def up(self, *arguments):
        done = self.bringup("up", "--json", *arguments)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def edit(self, old, new):
        path = self.path / "bringup.toml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def forget(self, *stages):
        """Make stages unknown, with what they left."""
        for stage in stages:
            state = self.path / ".bringup" / "stages" / f"{stage}.json"
            if state.exists():
                shutil.rmtree(json.loads(state.read_text())["folder"], ignore_errors=True)
                state.unlink()


@pytest.fixture(scope="session")
def small_project(tmp_path_factory):
    """A regression project that went all the way once."""
    folder = Folder(tmp_path_factory.mktemp("small"))
    (folder.path / "bringup.toml").write_text(PROJECT)
    document = folder.up()
    assert document["status"] == "done"
    return folder
