from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from bringup.doctor.moving import move, remove


@pytest.fixture
def two_disks(monkeypatch):
    """A rename from one folder to another is refused, as between file systems."""
    real = Path.rename

    def rename(path, target):
        if path.parent != Path(target).parent:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)


def folder_in(parent):
    folder = parent / "from" / "kernel"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a").write_text("a")
    (folder / "b").write_text("b")
    (folder / "link").symlink_to("nowhere")
    return folder


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.mark.parametrize("disks", [1, 2])
def test_folders_files_and_broken_links_are_moved_whole(tmp_path, disks, request):
    if disks == 2:
        request.getfixturevalue("two_disks")
    folder = folder_in(tmp_path)
    before = names(folder)
    target = tmp_path / "new" / "to"
    move(folder, target)
    assert names(target) == before
    assert not folder.exists()
    move(target / "link", tmp_path / "other" / "link")
    assert (tmp_path / "other" / "link").is_symlink()
    move(target / "b", tmp_path / "other" / "b", from_journal=True)
    assert sorted(path.name for path in (tmp_path / "other").iterdir()) == ["b", "link"]
    assert sorted(path.name for path in target.iterdir()) == ["sub"]


def test_stopped_while_copying_the_new_name_is_not_there(tmp_path, two_disks, monkeypatch):
    folder = folder_in(tmp_path)
    before = names(folder)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copytree", _half)
        with pytest.raises(KeyboardInterrupt):
            move(folder, tmp_path / "to" / "kernel")
    assert not (tmp_path / "to" / "kernel").exists()
    assert names(folder) == before
    move(folder, tmp_path / "to" / "kernel")
    assert names(tmp_path / "to" / "kernel") == before
    assert [path.name for path in (tmp_path / "to").iterdir()] == ["kernel"]


def _half(source, target, **_options):
    Path(target).mkdir()
    (Path(target) / "half").write_text("")
    raise KeyboardInterrupt


def test_from_the_journal_a_rest_does_not_keep_its_name(tmp_path, two_disks, monkeypatch):
    folder = folder_in(tmp_path)
    monkeypatch.setattr("bringup.doctor.moving.remove", _stop_at_rests)
    with pytest.raises(KeyboardInterrupt):
        move(folder, tmp_path / "to", from_journal=True)
    assert not folder.exists()
    assert (tmp_path / "to" / "sub" / "a").exists()


def _stop_at_rests(path):
    if path.name.endswith(".rest"):
        raise KeyboardInterrupt


def test_removing_what_is_not_there_is_well(tmp_path):
    remove(tmp_path / "nothing")
    (tmp_path / "link").symlink_to(tmp_path)
    remove(tmp_path / "link")
    assert tmp_path.is_dir()
