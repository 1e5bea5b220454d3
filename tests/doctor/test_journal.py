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


def test_a_file_that_is_replaced_stays_as_closed_as_it_was_and_a_link_stays_one(tmp_path):
    secret, link = tmp_path / "dotfiles" / "pip.conf", tmp_path / "pip.conf"
    secret.parent.mkdir()
    secret.write_text("token")
    secret.chmod(0o600)
    link.symlink_to(secret)
    journal = Journal.begin(tmp_path / "journal")
    journal.do(planned(WriteFile(link, "new", USER)))
    assert (link.read_text(), secret.stat().st_mode & 0o777) == ("new", 0o600)
    assert link.is_symlink()
    Journal.last(tmp_path / "journal").undo()
    assert (link.read_text(), secret.stat().st_mode & 0o777) == ("token", 0o600)
    assert link.is_symlink()


def test_a_link_that_leads_nowhere_is_moved_away_and_comes_back(tmp_path):
    link = tmp_path / "kernel"
    link.symlink_to("nowhere")
    journal = Journal.begin(tmp_path / "journal")
    journal.do(planned(MoveAway(link, USER)))
    assert not link.is_symlink()
    journal.undo()
    assert link.is_symlink()


def test_what_is_gone_already_need_not_be_moved_away(tmp_path):
    journal = Journal.begin(tmp_path / "journal")
    journal.do(planned(MoveAway(tmp_path / "nothing", USER)))
    assert journal.undo()


def test_a_command_that_never_worked_does_not_keep_the_rest_from_coming_back(tmp_path):
    path = tmp_path / "here"
    path.write_text("x")
    no = (sys.executable, "-c", "import sys; sys.exit('no way')")
    journal = Journal.begin(tmp_path / "journal")
    journal.do(planned(MoveAway(path, USER)))
    with pytest.raises(BringupError):
        journal.do(planned(Command(no, USER, no)))
    command, _ = Journal.last(tmp_path / "journal").undo()
    assert "no way" in command["left"]
    assert path.read_text() == "x"


def test_the_tenth_journal_of_a_second_is_younger_than_the_second(tmp_path):
    for number in ("", "-2", "-10"):
        folder = tmp_path / f"20260101-000000{number}"
        Journal(folder)._write()
    assert Journal.last(tmp_path).folder.name == "20260101-000000-10"
