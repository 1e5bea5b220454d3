import hashlib
import tarfile

import pytest

from bringup.base.errors import BringupError
from bringup.base.files import digest_file
from bringup.environment.kit.archive import Member, check_suffix, sums_text, write_archive


def members(tmp_path):
    path = tmp_path / "big.whl"
    path.write_bytes(b"wheel" * 1_000_000)
    big = Member("wheels/big.whl", digest_file(path), path.stat().st_size, path=path)
    return [big, Member.of_text("install.sh", "echo\n", program=True), Member.of_text("b", "ü")]


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_the_same_bytes_each_time(tmp_path, suffix):
    rows = members(tmp_path)
    first = write_archive(tmp_path / f"a{suffix}", "kit", rows)
    second = write_archive(tmp_path / f"b{suffix}", "kit", rows[::-1])
    assert first == second == digest_file(tmp_path / f"a{suffix}")
    with tarfile.open(tmp_path / f"a{suffix}") as archive:
        infos = archive.getmembers()
    assert [info.name for info in infos] == ["kit/b", "kit/install.sh", "kit/wheels/big.whl"]
    assert {(info.uid, info.gid, info.uname, info.gname) for info in infos} == {(0, 0, "", "")}
    assert [oct(info.mode) for info in infos] == ["0o644", "0o755", "0o644"]
    assert len({info.mtime for info in infos}) == 1


def test_progress_ends_at_the_whole(tmp_path):
    seen = []
    write_archive(
        tmp_path / "a.tar", "kit", members(tmp_path), lambda done, total: seen.append((done, total))
    )
    assert seen[-1][0] == seen[-1][1]


@pytest.mark.parametrize("change", ["other", "shorter", "longer"])
def test_a_file_that_changes_meanwhile_gives_no_archive(tmp_path, change):
    rows = members(tmp_path)
    data = rows[0].path.read_bytes()
    changed = {"other": b"W" + data[1:], "shorter": data[:-1], "longer": b"x" + data}
    rows[0].path.write_bytes(changed[change])
    out = tmp_path / "a.tar"
    out.write_text("old")
    with pytest.raises(BringupError, match=r"big\.whl") as caught:
        write_archive(out, "kit", rows)
    assert caught.value.code == "KIT013"
    assert out.read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar", "big.whl"]


def test_what_a_killed_process_left_goes(tmp_path):
    left = tmp_path / ".a.tar.x1.part"
    left.write_text("half")
    write_archive(tmp_path / "a.tar", "kit", [Member.of_text("a", "a")])
    assert not left.exists()


def test_sums_are_what_sha256sum_reads():
    digest = hashlib.sha256(b"x").hexdigest()
    rows = [Member.of_text("b", "x"), Member.of_text("a/c", "x")]
    assert sums_text(rows) == f"{digest}  a/c\n{digest}  b\n"


def test_forms(tmp_path):
    check_suffix(tmp_path / "env.tar.gz")
    with pytest.raises(BringupError, match=r"\.tar\.gz") as caught:
        check_suffix(tmp_path / "env.tar.zst")
    assert caught.value.hint
