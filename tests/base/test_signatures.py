import os
from pathlib import Path

import pytest

from bringup.base.signatures import changed_since, content_digest, signature


def set_back(path, found):
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))


def test_what_rests_keeps_its_signature(tmp_path):
    path = tmp_path / "größe"
    path.write_text("x")
    assert signature(str(path)) == signature(str(path))
    assert signature(str(tmp_path)) == signature(str(tmp_path))


@pytest.mark.parametrize("text", ["y", "longer"])
def test_a_change_is_seen_even_when_the_times_are_set_back(tmp_path, text):
    path = tmp_path / "file"
    path.write_text("x")
    found, before = path.stat(), signature(str(path))
    path.write_text(text)
    set_back(path, found)
    assert signature(str(path)) != before


def test_another_file_under_the_name_is_seen(tmp_path):
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_text("x")
    other.write_text("x")
    set_back(other, path.stat())
    before = signature(str(path))
    other.replace(path)
    assert signature(str(path)) != before


def test_a_name_that_comes_or_goes_changes_its_folder(tmp_path):
    before = signature(str(tmp_path))
    (tmp_path / "new").write_text("")
    assert signature(str(tmp_path)) != before


def test_a_link_is_what_it_leads_to(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_text("x")
    link = tmp_path / "link"
    link.symlink_to("one")
    before = signature(str(link))
    assert before == signature(str(tmp_path / "one"))
    link.unlink()
    link.symlink_to("two")
    assert signature(str(link)) != before
    (tmp_path / "two").unlink()
    assert signature(str(link)) is None


def test_nothing_has_no_signature(tmp_path):
    assert signature(str(tmp_path / "none")) is None
    assert signature("a\0b") is None
    assert signature(str(tmp_path / "none" / "deeper")) is None


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="the kernel's own files are Linux's")
def test_what_the_kernel_makes_up_is_known_by_what_it_says():
    assert signature("/proc/sys/kernel/osrelease")[0] == "says"
    assert signature("/proc/sys/kernel/osrelease") == signature("/proc/sys/kernel/osrelease")
    assert signature("/sys/class")[0] == "names"
    assert signature("/dev/null")[0] == "device"
    assert signature("/proc/self/stat") != signature("/proc/thread-self/comm")


def test_changes_are_told_by_the_time_of_the_change_itself(tmp_path):
    path = tmp_path / "file"
    path.write_text("x")
    moment = path.stat().st_ctime_ns
    os.utime(path, ns=(0, 0))
    found = signature(str(path))
    assert changed_since(found, moment)
    assert not changed_since(found, path.stat().st_ctime_ns + 1)
    assert not changed_since(None, 0)
    assert not changed_since(["says", "x"], 0)


def test_contents(tmp_path):
    path = tmp_path / "file"
    path.write_text("abc")
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert content_digest(str(path)) == digest
    assert content_digest(str(tmp_path)) is None
    assert content_digest(str(tmp_path / "none")) is None
