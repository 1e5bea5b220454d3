"""What a folder holds, and the first bringup.toml that is made of it."""

from __future__ import annotations

import pytest

from bringup.knowledge.datasets import dataset, dataset_names
from bringup.project import load_project
from bringup.project.adopt import Found, Script, look_at, project_name, read_script
from bringup.project.columns import guess_task
from bringup.project.compose import FromCsv, FromDataset, FromScript, compose


def load(folder, text):
    (folder / "bringup.toml").write_text(text, encoding="utf-8")
    return load_project(folder).config


def test_an_empty_folder_holds_nothing(folder):
    assert look_at(folder) == Found(name="houses")
    assert look_at(folder / "not there") == Found(name="not-there")


def test_looks_for_a_script_where_people_put_it(folder):
    (folder / "any.py").write_text("")
    assert look_at(folder).script == "any.py"
    (folder / "other.py").write_text("")
    assert look_at(folder).script is None
    (folder / "main.py").write_text("")
    assert look_at(folder).script == "main.py"
    (folder / "src").mkdir()
    (folder / "src/train.py").write_text("")
    assert look_at(folder).script == "src/train.py"
    (folder / "train.py").write_text("")
    assert look_at(folder).script == "train.py"


def test_looks_into_pyproject_and_requirements(folder):
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "My App"\nrequires-python = ">=3.12"\ndependencies = ["numpy>=2"]\n'
    )
    (folder / "requirements.txt").write_text("torch\n")
    (folder / "b.csv").write_text("")
    (folder / "a.csv").write_text("")
    assert look_at(folder) == Found(
        name="My-App",
        csv_files=("a.csv", "b.csv"),
        requirements_file="requirements.txt",
        dependencies=("numpy>=2",),
        python=">=3.12",
    )


@pytest.mark.parametrize("text", ["[project", "project = 3", "[project]\ndependencies = 3"])
def test_a_strange_pyproject_is_passed_over(folder, text):
    (folder / "pyproject.toml").write_text(text)
    assert look_at(folder) == Found(name="houses")


@pytest.mark.parametrize(
    ("text", "name"),
    [("a b", "a-b"), ("...", "my-project"), ("数据", "my-project"), ("-x_1.2-", "x_1.2")],
)
def test_names_of_projects(text, name):
    assert project_name(text) == name


def test_reads_what_a_script_imports_and_leaves(folder):
    (folder / "helpers.py").write_text("")
    (folder / "lib").mkdir()
    script = folder / "train.py"
    script.write_text(
        "import os, torch.nn as nn, helpers, lib.x\nfrom sklearn import tree\nfrom . import y\n"
        "import wonder\ntorch.save(m, 'out/best.pt')\n"
    )
    assert read_script(script) == Script(("scikit-learn", "torch"), ("wonder",), "out/best.pt")
    script.write_text("print 'python 2'")
    assert read_script(script) == Script()


@pytest.mark.parametrize("name", dataset_names())
def test_a_first_project_of_each_data_set_is_right(folder, name):
    row = dataset(name)
    config = load(folder, compose("p", FromDataset(name, row.task, row.input_kind), Found("p")))
    assert config.data.dataset == name
    assert config.train.model == ("cnn" if row.input_kind == "image" else "mlp")


def test_a_first_project_of_a_csv_file_is_right(folder):
    (folder / 'odd "name.csv').write_text('a,"the\ttarget"\n1,2.5\n')
    origin = FromCsv('odd "name.csv', "the\ttarget", "regression")
    text = compose("p", origin, Found("p"))
    assert "# guessed from the values of" in text
    config = load(folder, text)
    assert (config.data.path, config.data.target) == ('odd "name.csv', "the\ttarget")
    assert config.train.task == "regression"


def test_a_first_project_of_a_script_is_right(folder):
    (folder / "train.py").write_text("")
    origin = FromScript("train.py", Script(("torch",), ("wonder",), "out.pt"))
    text = compose("p", origin, Found("p", script="train.py"))
    assert '# outputs = ["out.pt"]' in text
    assert "# Add the packages of what train.py imports too: wonder" in text
    config = load(folder, text)
    assert (config.train.script, config.environment.requirements) == ("train.py", ["torch"])


def test_adopted_requirements_are_written_instead_of_guessed_ones(folder):
    (folder / "train.py").write_text("")
    (folder / "requirements.txt").write_text("torch\n")
    found = Found(
        "p",
        requirements_file="requirements.txt",
        dependencies=("numpy>=2", 'a; python_version < "4"'),
        python=">=3.11",
    )
    text = compose("p", FromScript("train.py", Script(("torch",))), found)
    assert "# Copied from pyproject.toml: keep them equal." in text
    environment = load(folder, text).environment
    assert environment.requirements == ["numpy>=2", 'a; python_version < "4"']
    assert environment.requirements_file == "requirements.txt"


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (["cat", "dog"], "classification"),
        (["0", "1", "1"], "classification"),
        (["1.5", "2"], "regression"),
        ([str(number) for number in range(50)], "regression"),
        (["1", "", "0"], "classification"),
        ([], "classification"),
    ],
)
def test_guesses_the_task_by_the_values(folder, values, task):
    rows = "".join(f"x,{value}\n" for value in values)
    (folder / "a.csv").write_text(f"a, b\n{rows}short\n")
    assert guess_task(folder / "a.csv", "b") == task
