import errno
import json
import os
import stat
from pathlib import Path

import pytest

from bringup.base.errors import BringupError
from bringup.base.files import (
    atomic_file,
    check_writable,
    digest_file,
    digest_tree,
    digest_value,
    faults_of,
    read_json,
    refusal_of,
    write_json,
    write_text,
)


def test_write_makes_folders_and_replaces_whole(tmp_path):
    path = tmp_path / "a" / "b.json"
    write_json(path, {"x": "é"})
    write_json(path, {"x": 2})
    assert read_json(path) == {"x": 2}
    assert [file.name for file in path.parent.iterdir()] == ["b.json"]


def test_a_failed_write_keeps_the_old_file_and_leaves_no_part(tmp_path):
    path = tmp_path / "b.txt"
    write_text(path, "old")
    with pytest.raises(ZeroDivisionError), atomic_file(path, "w") as file:
        file.write("new")
        raise ZeroDivisionError
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["b.txt"]


def test_files_follow_the_umask(tmp_path):
    old = os.umask(0o027)
    try:
        write_text(tmp_path / "a", "")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "FIL001"),
        (errno.EACCES, "FIL002"),
        (errno.EROFS, "FIL002"),
        (errno.EIO, "FIL003"),
    ],
)
def test_refusals_of_the_system_have_codes(number, code):
    with pytest.raises(BringupError) as caught, faults_of(Path("x")):
        raise OSError(number, os.strerror(number), "x")
    assert caught.value.code == code
    assert "x" in str(caught.value)


def test_no_permission_names_a_place_that_is_there(tmp_path):
    error = OSError(errno.EACCES, os.strerror(errno.EACCES), str(tmp_path / ".x.json.ab.part"))
    refusal = refusal_of(error, tmp_path / "new" / "x.json")
    assert refusal.code == "FIL002"
    assert str(refusal).endswith("new/x.json")
    assert f"`ls -ld {tmp_path}`" in refusal.hint


def test_another_error_is_no_refusal():
    assert refusal_of(OSError(errno.ENOENT, "gone", "x"), Path("x")) is None


def test_a_folder_that_takes_no_more_is_found_out():
    with pytest.raises(BringupError) as caught:
        check_writable(Path("/proc/self"))
    assert caught.value.code in {"FIL002", "FIL003"}


def test_a_folder_that_takes_files_is_left_as_it_was(tmp_path):
    check_writable(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_told_with_what_to_do():
    full = Path("/dev/full")
    with pytest.raises(BringupError) as caught, faults_of(full), full.open("wb") as file:
        file.write(b"x")
    assert caught.value.code == "FIL001"
    assert "df -h" in caught.value.hint


def test_a_folder_in_the_way_is_a_clear_error(tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "x").write_text("")
    with pytest.raises(BringupError) as caught:
        write_text(tmp_path / "taken", "text")
    assert caught.value.code == "FIL003"


def test_read_json_says_what_is_wrong(tmp_path):
    with pytest.raises(BringupError, match="there is no file") as missing:
        read_json(tmp_path / "none.json")
    assert missing.value.code == "FIL004"
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(BringupError) as bad:
        read_json(tmp_path / "bad.json")
    assert bad.value.code == "FIL005"


def test_digests_depend_on_content_alone(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    # SHA-256 of "abc", FIPS 180-2 appendix B.1.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_file(tmp_path / "a") == expected
    assert digest_value({"b": 1, "a": [1]}) == digest_value(json.loads('{"a":[1],"b":1}'))
    assert digest_value({"a": 1}) != digest_value({"a": "1"})
    before = digest_tree([tmp_path / "a"], tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert digest_tree([tmp_path / "b"], tmp_path) != before
