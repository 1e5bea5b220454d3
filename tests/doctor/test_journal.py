from __future__ import annotations

import sys

import pytest

from bringup.base.errors import BringupError
from bringup.doctor.journal import Journal
from bringup.doctor.plan import Planned
from bringup.doctor.steps import Command, MoveAway, Privilege, SetMode, SetVariable, WriteFile

USER = Privilege.USER


def planned(step):
    return Planned(step, ("JUP001",))


def test_what_was_moved_written_and_set_comes_back(tmp_path):
    kernel = tmp_path / "kernels" / "old"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text("{}")
    secret, settings, new = (tmp_path / name for name in ("netrc", "pip.conf", "new.conf"))
    secret.write_text("x")
    secret.chmod(0o644)
    settings.write_text("old")
    journal = Journal.begin(tmp_path / "journal")
    journal.do(planned(MoveAway(kernel, USER)))
    journal.do(planned(SetMode(secret, 0o600, USER)))
    journal.do(planned(WriteFile(settings, "new\n", USER)))
    journal.do(planned(WriteFile(new, "made\n", USER)))
    assert not kernel.exists()
    assert secret.stat().st_mode & 0o777 == 0o600
    assert settings.read_text() == "new\n"

    again = Journal.last(tmp_path / "journal")
    assert len(again.undo()) == 4
    assert (kernel / "kernel.json").read_text() == "{}"
    assert secret.stat().st_mode & 0o777 == 0o644
    assert settings.read_text() == "old"
    assert not new.exists()
    with pytest.raises(BringupError) as caught:
        Journal.last(tmp_path / "journal")
    assert caught.value.code == "DOC130"


def test_a_command_is_taken_back_by_its_counterpart(tmp_path):
    mark = tmp_path / "mark"
    do = (sys.executable, "-c", f"open({str(mark)!r}, 'w').close()")
    undo = (sys.executable, "-c", f"import os; os.unlink({str(mark)!r})")
    journal = Journal.begin(tmp_path / "journal")
    journal.do(planned(Command(do, USER, undo)))
    assert mark.exists()
    journal.undo()
    assert not mark.exists()


def test_a_command_that_fails_is_said_and_kept_in_the_journal(tmp_path):
    words = (sys.executable, "-c", "import sys; sys.exit('no way')")
    journal = Journal.begin(tmp_path / "journal")
    with pytest.raises(BringupError) as caught:
        journal.do(planned(Command(words, USER, words)))
    assert caught.value.code == "DOC131"
    assert "no way" in str(caught.value)
    assert Journal.last(tmp_path / "journal").entries[0].get("done") is None


def test_killed_before_the_change_there_is_nothing_to_bring_back(tmp_path):
    path = tmp_path / "here"
    path.write_text("x")
    journal = Journal.begin(tmp_path / "journal")
    entry = journal._entry(MoveAway(path, USER))
    journal.entries.append(entry)
    journal._write()
    Journal.last(tmp_path / "journal").undo()
    assert path.read_text() == "x"


@pytest.mark.parametrize(
    ("step", "safe"),
    [
        (Command(("true",), USER, ("true",)), True),
        (Command(("true",), USER), False),
        (Command(("sudo", "reboot"), Privilege.ROOT, ("true",)), False),
        (SetVariable("PYTHONPATH", None), False),
        (MoveAway(__file__, Privilege.PROJECT), True),
    ],
)
def test_only_what_can_be_undone_in_our_own_space_is_safe(step, safe):
    assert planned(step).safe is safe


def test_two_journals_of_one_second_do_not_share_a_folder(tmp_path):
    first = Journal.begin(tmp_path)
    first.folder.mkdir(parents=True)
    assert Journal.begin(tmp_path).folder != first.folder
