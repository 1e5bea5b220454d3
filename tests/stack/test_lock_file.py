import pytest

from bringup.base.errors import BringupError
from bringup.stack.lock_file import (
    GpuRange,
    LockedFile,
    LockFile,
    TargetLock,
    read_lock,
    same_files,
    write_lock,
)

CPU = TargetLock(
    "cpu",
    "cpu",
    "auto",
    ">=3.11,<3.12",
    "linux",
    "x86_64",
    "glibc",
    {"train": LockedFile("pylock.cpu.toml", "0" * 64)},
)
CUDA = TargetLock(
    "cu130@linux-aarch64",
    "cu130",
    "cu130",
    ">=3.12,<3.13",
    "linux",
    "aarch64",
    "glibc",
    {
        "train": LockedFile("pylock.cu130-linux-aarch64.toml", "1" * 64),
        "serve": LockedFile("pylock.serve-linux-aarch64.toml", "2" * 64),
    },
    platform_floor="2.28",
    torch="2.14.1",
    source_kind="framework_index",
    source_place="https://builds.example/cu130",
    driver_floor="580.65.06",
    gpu=GpuRange("nvidia", True, ("8.0", "9.0", "12.0"), "12.0", "580.65.06"),
    os_packages={"debian": ["libstdc++6"], "fedora": ["libstdc++"]},
    base_image="python@sha256:" + "a" * 64,
)
MAC = TargetLock(
    "mps@macos-arm64",
    "mps",
    "mps",
    ">=3.11,<3.12",
    "macos",
    "aarch64",
    None,
    {"train": LockedFile("pylock.mps-macos-arm64.toml", "3" * 64)},
    platform_floor="14.0",
    gpu=GpuRange("apple", False),
)


def test_what_is_written_is_read(tmp_path):
    path = tmp_path / "bringup.lock"
    lock = LockFile((CPU, CUDA, MAC), "w" * 64, ("cpu", "mps"), {"frameworks": "2026-11-21"})
    write_lock(path, lock)
    first = path.read_bytes()
    assert read_lock(path) == lock
    write_lock(path, read_lock(path))
    assert path.read_bytes() == first


def test_ranges_have_both_ends():
    assert CUDA.gpu.floor == "8.0"
    assert CUDA.gpu.ceiling == "12.0"
    assert (MAC.gpu.floor, MAC.gpu.ceiling) == (None, None)
    assert CUDA.framework_index == "https://builds.example/cu130"
    assert CPU.framework_index is None


def test_no_driver_is_too_new_and_people_are_told(tmp_path):
    path = tmp_path / "bringup.lock"
    write_lock(path, LockFile((CUDA,), "w"))
    assert 'oldest = "580.65.06" # no driver is too new' in path.read_text()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("no [toml", "STK056"),
        ("", "STK056"),
        ("schema_version = 'x'", "STK056"),
        ("schema_version = 1\nbuild = 'cpu'\n[platform]\nos = 'linux'\n", "STK072"),
        ("schema_version = 99\n", "STK073"),
        ("schema_version = 2\n", "STK056"),
        ("schema_version = 2\nwants = 'x'\n[[target]]\nname = 'cpu'\n", "STK056"),
        ("schema_version = 2\nwants = 'x'\ntarget = 3\n", "STK056"),
    ],
)
def test_another_form_is_refused_clearly(tmp_path, text, code):
    path = tmp_path / "bringup.lock"
    path.write_text(text)
    with pytest.raises(BringupError, match=r"bringup\.lock") as caught:
        read_lock(path)
    assert caught.value.code == code
    assert caught.value.hint


@pytest.mark.parametrize("name", ["../pylock.x.toml", "pylock.a.b.toml", "/etc/passwd", "x.toml"])
def test_a_lock_names_nothing_but_locks_beside_it(tmp_path, name):
    path = tmp_path / "bringup.lock"
    write_lock(path, LockFile((CPU,), "w"))
    path.write_text(path.read_text().replace("pylock.cpu.toml", name))
    with pytest.raises(BringupError) as caught:
        read_lock(path)
    assert caught.value.code == "STK056"


def test_a_missing_lock(tmp_path):
    with pytest.raises(BringupError) as caught:
        read_lock(tmp_path / "bringup.lock")
    assert caught.value.code == "STK056"


def test_the_files_of_a_lock_are_known_by_their_bytes(tmp_path):
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    files = {"train": LockedFile("pylock.cpu.toml", digest)}
    lock = LockFile(
        (TargetLock("cpu", "cpu", "cpu", ">=3.11", "linux", "x86_64", "glibc", files),), "w"
    )
    assert not same_files(lock, tmp_path)
    (tmp_path / "pylock.cpu.toml").write_text("abc")
    assert same_files(lock, tmp_path)
    (tmp_path / "pylock.cpu.toml").write_text("abd")
    assert not same_files(lock, tmp_path)
