"""Projects that are right, and where they are looked for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bringup.base.errors import BringupError, ErrorGroup
from bringup.knowledge.datasets import dataset_names
from bringup.project import LoadedProject, Project, load_project

GOOD = """
[project]
name = "small"

[data]
dataset = "mnist"

[train]
model = "mlp"
"""


def code_of(place):
    with pytest.raises(BringupError) as caught:
        load_project(place)
    return caught.value.code, caught.value.hint


def test_a_folder_and_the_file_itself_give_the_same_project(folder):
    (folder / "bringup.toml").write_text(GOOD)
    loaded = load_project(folder)
    assert loaded.folder == folder.resolve()
    assert loaded.state_folder == folder.resolve() / ".bringup"
    assert loaded.config.project.name == "small"
    assert loaded.config.train.epochs == 10
    assert load_project(folder / "bringup.toml") == loaded


def test_another_name_of_the_file_is_taken_when_it_is_given(folder):
    (folder / "fast.toml").write_text(GOOD.replace("small", "fast"))
    assert load_project(folder / "fast.toml").config.project.name == "fast"


def test_windows_texts_are_read(folder):
    (folder / "bringup.toml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_project(folder).config.project.name == "small"


def test_an_integer_may_stand_for_a_float(judge):
    assert judge(GOOD + "learning_rate = 1\nmomentum = 0\n") == []


def test_pyproject_can_hold_the_project(folder):
    text = "[tool.other]\nx = 1\n" + GOOD.replace("[", "[tool.bringup.")
    (folder / "pyproject.toml").write_text(text)
    assert load_project(folder).config.data.dataset == "mnist"
    assert load_project(folder / "pyproject.toml").config.data.dataset == "mnist"


def test_bringup_toml_comes_before_pyproject(folder):
    (folder / "pyproject.toml").write_text(GOOD.replace("[", "[tool.bringup."))
    (folder / "bringup.toml").write_text(GOOD.replace("small", "first"))
    assert load_project(folder).config.project.name == "first"


def test_a_mistake_in_pyproject_is_shown_with_its_full_table(folder):
    text = GOOD.replace("[", "[tool.bringup.") + "epoch = 3\n\n[tool.bringup.trian]\n"
    (folder / "pyproject.toml").write_text(text)
    with pytest.raises(ErrorGroup) as caught:
        load_project(folder)
    lines = str(caught.value).splitlines()
    assert lines[0] == "pyproject.toml:10:1: unknown key `epoch` in [tool.bringup.train]"
    assert lines[5] == "pyproject.toml:12:15: unknown table [tool.bringup.trian]"
    assert lines[8] == "    did you mean `[tool.bringup.train]`?"


def test_a_broken_pyproject_counts_only_when_it_is_ours(folder):
    (folder / "pyproject.toml").write_text("[tool.bringup.project\n")
    assert code_of(folder)[0] == "PRJ003"
    (folder / "pyproject.toml").write_text("[tool.other\n")
    assert code_of(folder)[0] == "PRJ001"
    (folder / "pyproject.toml").write_text("# tool.bringup would stand here\n")
    assert code_of(folder)[0] == "PRJ001"
    assert code_of(folder / "pyproject.toml")[0] == "PRJ001"


def test_no_project_names_the_command_that_makes_one(folder):
    code, hint = code_of(folder)
    assert code == "PRJ001"
    assert f"bringup init {folder}" in hint
    assert code_of(folder / "gone")[0] == "PRJ006"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read(folder):
    (folder / "bringup.toml").write_text(GOOD)
    (folder / "bringup.toml").chmod(0)
    assert code_of(folder)[0] == "PRJ007"


@pytest.mark.skipif(sys.platform != "linux", reason="needs a file that even root cannot read")
def test_a_file_that_cannot_be_read(folder):
    (folder / "bringup.toml").symlink_to("/proc/self/mem")
    assert code_of(folder)[0] == "PRJ007"


def test_bytes_that_are_no_text(folder):
    (folder / "bringup.toml").write_bytes(b'[project]\r\nname = "caf\xe9"\r\n')
    with pytest.raises(ErrorGroup) as caught:
        load_project(folder)
    assert str(caught.value).splitlines()[0] == (
        "bringup.toml:2:12: the file is not UTF-8 text: found the byte 0xe9"
    )
    assert "UTF-8" in caught.value.hint


def test_names_alone_are_enough_as_data_sets(folder):
    (folder / "bringup.toml").write_text(GOOD.replace("mnist", "ours"))
    assert load_project(folder, datasets=["ours"]).config.data.dataset == "ours"
    assert code_of(folder)[0] == "PRJ030"
    assert load_project(folder, datasets=()).config.data.dataset == "ours"


@pytest.mark.parametrize("name", dataset_names())
def test_every_known_data_set_can_be_named(folder, name):
    from bringup.knowledge.datasets import dataset

    task = dataset(name).task
    text = GOOD.replace("mnist", name) + f'task = "{task}"\n'
    (folder / "bringup.toml").write_text(text)
    assert load_project(folder).config.train.task == task


def test_a_script_needs_no_data_and_no_model(folder, judge):
    (folder / "train.py").write_text("print()\n")
    assert judge('[project]\nname = "a"\n[train]\nscript = "train.py"\nargs = ["-x"]\n') == []


def test_the_names_of_the_package_are_loaded_when_used():
    code = (
        "import sys, bringup.project\n"
        "assert 'pydantic' not in sys.modules\n"
        "import bringup.project.loader, bringup.project.adopt\n"
        "assert 'pydantic' not in sys.modules\n"
        "bringup.project.Project\n"
        "assert 'pydantic' in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert issubclass(Project, object)
    assert issubclass(LoadedProject, object)
    with pytest.raises(AttributeError, match="nothing"):
        import bringup.project

        bringup.project.nothing  # noqa: B018
