"""The examples are right, as they stand."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bringup.project import load_project

EXAMPLES = Path(__file__).parents[2] / "examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/bringup.toml"))


def test_there_are_the_three_that_people_meet():
    assert {"mnist", "regression", "own-script"} <= {folder.name for folder in FOLDERS}


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_each_one_loads_and_says_what_it_shows(folder):
    assert load_project(folder).config.project.name
    assert f"bringup up examples/{folder.name}" in (folder / "README.md").read_text()


def test_the_gates_of_the_issue_are_asked_for():
    mnist = load_project(EXAMPLES / "mnist").config
    assert (mnist.train.model, mnist.evaluate.gates["accuracy"]) == ("cnn", ">= 0.983")
    regression = load_project(EXAMPLES / "regression").config
    assert (regression.train.hidden, regression.train.loss) == ([20], "mse")


def test_the_script_knows_nothing_of_bringup():
    text = (EXAMPLES / "own-script/train.py").read_text()
    assert "bringup" not in text
    assert '"model.pt"' in text
    ast.parse(text)
