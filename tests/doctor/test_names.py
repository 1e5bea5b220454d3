from __future__ import annotations

from pathlib import Path

import pytest

from bringup.doctor.case import Case
from bringup.doctor.names import without_names
from bringup.machine.model import Fact, Machine


def hidden(text, *, host="box1.lab.example", folder=None, **variables):
    rows = [{"name": name, "value": value} for name, value in variables.items()]
    facts = {
        "network.hostname": Fact(host, "test"),
        "variables.set": Fact(rows, "test"),
    }
    return without_names({"message": text}, Case(Machine(facts), folder=folder))["message"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/home/dev/x", "~/x"),
        ("/home/developer/x", "/home/developer/x"),
        ("/dev/shm is full", "/dev/shm is full"),
        ("of (/dev/shm)", "of (/dev/shm)"),
        ("/scratch/dev/x belongs to dev", "/scratch/USER/x belongs to USER"),
        ("devices of dev.", "devices of USER."),
        ("box1 and box1.lab.example", "HOST and HOST"),
        ("box10, mybox1", "box10, mybox1"),
    ],
)
def test_names_are_hidden_as_whole_words(text, wanted):
    assert hidden(text, HOME="/home/dev", USER="dev") == wanted


def test_windows_homes_in_either_form():
    home = r"C:\Users\Ann"
    assert hidden(r"C:\Users\Ann\x", USERPROFILE=home) == r"~\x"
    assert hidden("c:/users/ann/x", USERPROFILE=home) == "~/x"


def test_root_and_short_names_are_no_secrets():
    assert hidden("/var/root/x of root", HOME="/var/root", USER="root") == "~/x of root"
    assert hidden("an x1 y", HOME="/home/x1", USER="x1", host="an") == "an x1 y"


def test_the_project_is_hidden_first():
    folder = Path("/home/dev/secret-plan")
    assert hidden("/home/dev/secret-plan/a", HOME="/home/dev", folder=folder) == "PROJECT/a"


def test_the_rules_own_words_stay():
    document = {
        "findings": [{"title": "dev", "evidence": [{"fact": "dev", "value": [{"name": "dev"}]}]}]
    }
    facts = {"variables.set": Fact([{"name": "USER", "value": "dev"}], "test")}
    (row,) = without_names(document, Case(Machine(facts)))["findings"]
    assert row["title"] == "dev"
    assert row["evidence"] == [{"fact": "dev", "value": [{"name": "USER"}]}]
