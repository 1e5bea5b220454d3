"""``bringup init`` through the real parser, with a real pseudo-terminal for the questions."""

from __future__ import annotations

import io
import json
import os
import sys
import tomllib

import pytest
import typer

from bringup.base.messages import choose_language
from bringup.cli.faults import exit_code_of
from bringup.cli.init import init_command
from bringup.project import load_project


@pytest.fixture(autouse=True)
def english():
    choose_language("en")
    yield
    choose_language("en")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    place = tmp_path / "houses"
    place.mkdir()
    monkeypatch.chdir(place)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    return place


@pytest.fixture
def init(folder, capfd):
    """Run ``bringup init`` as ``main`` does; return exit code, standard output and error."""
    app = typer.Typer()
    app.command()(init_command)

    def run(*arguments):
        try:
            code = app(args=list(arguments), standalone_mode=False)
        except Exception as error:
            code = exit_code_of(error, list(arguments))
        return (code, *capfd.readouterr())

    return run


@pytest.fixture
def answer(monkeypatch):
    """Sit at a terminal and type lines."""
    ends = []

    def type_lines(*lines):
        terminal, user = os.openpty()
        ends.extend([terminal, user])
        os.write(terminal, "".join(f"{line}\n" for line in lines).encode())
        monkeypatch.setattr(sys, "stdin", open(user, closefd=False))  # noqa: SIM115

    yield type_lines
    for end in ends:
        os.close(end)


def written(folder):
    return tomllib.loads((folder / "bringup.toml").read_text(encoding="utf-8"))


def test_a_named_data_set_by_option(init, folder):
    code, out, err = init("--dataset", "mnist")
    assert (code, out, err) == (0, "", "wrote bringup.toml\nnext: bringup up\n")
    assert load_project(folder).config.data.dataset == "mnist"
    assert written(folder)["project"]["name"] == "houses"


def test_another_folder_is_made(init, folder):
    code, _, err = init("new place", "--dataset", "iris", "--name", "flowers")
    assert code == 0
    assert "next: bringup up 'new place'" in err
    assert load_project(folder / "new place").config.project.name == "flowers"


def test_json_names_the_next_command(init, folder):
    code, out, err = init("--dataset", "mnist", "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document == {
        "schema_version": 1,
        "file": str(folder / "bringup.toml"),
        "next": "bringup up",
    }


def test_quiet_says_nothing(init):
    assert init("--dataset", "mnist", "--quiet") == (0, "", "")


def test_never_overwrites_without_force(init, folder):
    init("--dataset", "mnist")
    before = (folder / "bringup.toml").read_bytes()
    code, _, err = init("--dataset", "iris")
    assert code == 1
    assert "bringup.toml is there already" in err
    assert "--force" in err
    assert (folder / "bringup.toml").read_bytes() == before
    assert init("--dataset", "iris", "--force")[0] == 0
    assert written(folder)["data"]["dataset"] == "iris"


def test_a_csv_file_by_options(init, folder):
    (folder / "a.csv").write_text("area,price\n1,2.5\n")
    assert init("--csv", "a.csv", "--target", "price")[0] == 0
    config = load_project(folder).config
    assert (config.data.path, config.data.target) == ("a.csv", "price")
    assert config.train.task == "regression"


def test_columns_of_text_are_left_out_and_named(init, folder):
    (folder / "a.csv").write_text("rooms,town,area,price\n1,north,?,2.5\n2,south,30,NA\n")
    assert init("--csv", "a.csv", "--target", "price")[0] == 0
    config = load_project(folder).config
    assert config.data.features == ["rooms", "area"]
    assert config.train.task == "regression"
    assert "left out: town\n" in (folder / "bringup.toml").read_text()


def test_a_csv_file_beside_a_new_folder(init, folder):
    (folder / "a.csv").write_text("area,price\n1,2.5\n")
    assert init("sub", "--csv", "a.csv", "--target", "price")[0] == 0
    assert load_project(folder / "sub").config.data.path == "../a.csv"


def test_a_csv_file_needs_a_target_that_it_has(init, folder):
    (folder / "a.csv").write_text("area,the price\n1,2.5\n")
    code, _, err = init("--csv", "a.csv")
    assert code == 1
    assert "`bringup init --csv a.csv --target 'the price'`" in err
    code, _, err = init("--csv", "a.csv", "--target", "prize")
    assert (code, "it has `area`, `the price`" in err) == (1, True)
    assert not (folder / "bringup.toml").exists()
    assert init("--csv", "a.csv", "--yes")[0] == 0
    assert written(folder)["data"]["target"] == "the price"


def test_a_csv_file_without_a_header(init, folder):
    (folder / "a.csv").write_text("")
    assert init("--csv", "a.csv", "--yes")[0] == 1


def test_a_script_by_option(init, folder):
    (folder / "fit.py").write_text("import torch\n")
    assert init("--script", "fit.py")[0] == 0
    config = load_project(folder).config
    assert (config.train.script, config.environment.requirements) == ("fit.py", ["torch"])


@pytest.mark.parametrize("option", ["--csv", "--script"])
def test_a_file_that_is_not_there(init, option):
    code, _, err = init(option, "gone")
    assert (code, err.splitlines()[0]) == (1, "error: there is no file gone")


def test_unknown_data_set_and_bad_name(init):
    code, _, err = init("--dataset", "minst")
    assert (code, "mnist" in err) == (1, True)
    code, _, err = init("--dataset", "mnist", "--name", "my model")
    assert (code, "give `--name my-model`" in err) == (1, True)


def test_a_file_where_the_folder_should_be(init, folder):
    (folder / "x").write_text("")
    code, _, err = init("x", "--dataset", "mnist")
    assert (code, "is a file, expected a folder" in err) == (1, True)


@pytest.mark.parametrize(
    "arguments", [["--dataset", "mnist", "--csv", "x"], ["--target", "y"], ["--what"]]
)
def test_options_that_do_not_go_together_are_wrong_usage(init, arguments):
    assert init(*arguments)[0] == 2


def test_without_a_terminal_and_without_options_says_what_to_give(init, folder):
    code, _, err = init()
    assert code == 1
    for option in ("--dataset", "--csv", "--script", "--yes"):
        assert option in err
    assert not (folder / "bringup.toml").exists()


def test_yes_takes_the_script_then_the_csv_file_then_mnist(init, folder):
    assert init("--yes")[0] == 0
    assert written(folder)["data"] == {"dataset": "mnist"}
    (folder / "a.csv").write_text("x,y\n1,cat\n")
    assert init("--yes", "--force")[0] == 0
    assert written(folder)["data"] == {"path": "a.csv", "target": "y"}
    (folder / "train.py").write_text("")
    assert init("--yes", "--force")[0] == 0
    assert written(folder)["train"] == {"script": "train.py"}


def test_adopts_what_the_folder_has(init, folder):
    (folder / "pyproject.toml").write_text('[project]\nname = "app"\ndependencies = ["torch"]\n')
    (folder / "requirements.txt").write_text("numpy\n")
    (folder / "train.py").write_text("")
    assert init("--yes")[0] == 0
    config = load_project(folder).config
    assert config.project.name == "app"
    assert config.environment.requirements == ["torch"]
    assert config.environment.requirements_file == "requirements.txt"


def test_the_first_answers_are_those_of_yes(init, folder, answer):
    answer("", "")
    code, _, err = init()
    assert code == 0
    assert "Name of the project [houses]:" in err
    assert " 1  the data set mnist" in err
    assert written(folder)["data"] == {"dataset": "mnist"}


def test_questions_about_a_csv_file(init, folder, answer):
    (folder / "a.csv").write_text("area,rooms,price\n1,2,3.5\n")
    answer("homes", "9", "one", "1", "rooms")
    code, _, err = init()
    assert code == 0
    assert err.count("please give a number from 1 to ") == 2
    assert written(folder)["project"]["name"] == "homes"
    assert written(folder)["data"] == {"path": "a.csv", "target": "rooms"}


def test_the_last_column_is_offered_as_the_target(init, folder, answer):
    (folder / "a.csv").write_text("area,rooms,price\n1,2,3.5\n")
    answer("")
    assert init("--csv", "a.csv")[0] == 0
    assert written(folder)["data"]["target"] == "price"


def test_questions_in_chinese(init, folder, answer):
    choose_language("zh")
    answer("", "")
    code, _, err = init()
    assert code == 0
    assert "项目名称" in err
    assert "下一步:bringup up" in err


def test_interrupted_at_a_question_nothing_is_written(init, folder, answer):
    answer("x", "\x04")
    assert init()[0] == 130
    assert list(folder.iterdir()) == []
