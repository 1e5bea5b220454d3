import pytest
from sdist_fixtures import make_target
from stack_fixtures import OWN_PYTHON, make_machine

from bringup.base.errors import BringupError
from bringup.environment.kit.locked import filename_of, glibc_floor, needed_files
from bringup.environment.kit.target import target_of
from bringup.machine.model import Interpreter

SHA = "a" * 64
MINOR = ".".join(OWN_PYTHON["version"].split(".")[:2])
HEAD = 'lock-version = "1.0"\ncreated-by = "uv"\n'


def wheel(name, place=None):
    return f'{{ url = "{place or "https://example.org/"}{name}", hashes = {{ sha256 = "{SHA}" }} }}'


def package(name, *wheels, more=""):
    rows = f"wheels = [{', '.join(wheels)}]\n" if wheels else ""
    return f'[[packages]]\nname = "{name}"\nversion = "1.0"\n{rows}{more}\n'


@pytest.fixture
def target():
    return make_target(Interpreter("/no/python", "3.11.7"))


def names(tmp_path, target, *packages):
    pylock = tmp_path / "pylock.cpu.toml"
    pylock.write_text(HEAD + "".join(packages))
    machine = make_machine()
    found = needed_files(pylock, tags=target.tags(machine), markers=target.markers(machine))
    return [file.name for file in found]


def refusal(tmp_path, target, *packages):
    with pytest.raises(BringupError) as caught:
        names(tmp_path, target, *packages)
    assert caught.value.hint
    return caught.value


def test_the_best_wheel_that_all_machines_of_the_target_take(tmp_path, target):
    # This machine has glibc 2.36; the lock promises 2.28.
    found = names(
        tmp_path,
        target,
        package(
            "alpha",
            wheel("alpha-1.0-py3-none-any.whl"),
            wheel("alpha-1.0-cp311-cp311-manylinux_2_34_x86_64.whl"),
            wheel("alpha-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"),
            wheel("alpha-1.0-cp312-cp312-manylinux_2_17_x86_64.whl"),
            wheel("alpha-1.0-cp311-cp311-manylinux_2_17_aarch64.whl"),
        ),
    )
    assert found == ["alpha-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"]


def test_a_source_where_no_wheel_fits(tmp_path, target):
    source = (
        f'sdist = {{ url = "https://e.org/alpha-1.0.tar.gz", hashes = {{ sha256 = "{SHA}" }} }}'
    )
    win = wheel("alpha-1.0-cp311-cp311-win_amd64.whl")
    assert names(tmp_path, target, package("alpha", win, more=source)) == ["alpha-1.0.tar.gz"]
    error = refusal(tmp_path, target, package("alpha", win))
    assert (error.code, "win_amd64" in str(error)) == ("KIT005", True)


def test_markers_of_the_target_count(tmp_path, target):
    rows = [
        package("win", wheel("win-1.0-py3-none-any.whl"), more="marker = \"os_name == 'nt'\""),
        package(
            "posix", wheel("posix-1.0-py3-none-any.whl"), more="marker = \"os_name == 'posix'\""
        ),
        package("odd", wheel("odd-1.0-py3-none-any.whl"), more='marker = "not a marker"'),
    ]
    assert names(tmp_path, target, *rows) == [
        "posix-1.0-py3-none-any.whl",
        "odd-1.0-py3-none-any.whl",
    ]


def test_what_cannot_be_packed(tmp_path, target):
    git = 'vcs = { type = "git", url = "https://e.org/a", commit-id = "1" }'
    assert refusal(tmp_path, target, package("alpha", more=git)).code == "KIT002"
    bare = 'wheels = [{ url = "https://e.org/alpha-1.0-py3-none-any.whl", hashes = {} }]'
    assert refusal(tmp_path, target, package("alpha", more=bare)).code == "KIT003"
    assert refusal(tmp_path, target, "[[packages").code == "STK056"


def test_an_archive_is_a_file_and_paths_begin_at_the_lock(tmp_path, target):
    row = f'archive = {{ path = "w/alpha-1.0-py3-none-any.whl", hashes = {{ sha256 = "{SHA}" }} }}'
    pylock = tmp_path / "pylock.cpu.toml"
    pylock.write_text(HEAD + package("alpha", more=row))
    (found,) = needed_files(pylock, tags=target.tags(make_machine()), markers={})
    assert found.place == str(tmp_path / "w" / "alpha-1.0-py3-none-any.whl")


def test_names_and_floors():
    assert filename_of({"url": "https://e.org/a/t-1.0%2Bcpu-py3-none-any.whl#sha256=1"}) == (
        "t-1.0+cpu-py3-none-any.whl"
    )
    assert filename_of({"path": "..\\w\\a.whl"}) == "a.whl"
    assert filename_of({"name": "a.whl", "url": "https://e.org/b"}) == "a.whl"
    both = "a-1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl"
    old = "b-1-cp311-cp311-manylinux2014_x86_64.whl"
    assert glibc_floor([both, old, "c-1-py3-none-any.whl"]) == (2, 27)
    assert glibc_floor(["c-1-py3-none-any.whl", "no-wheel"]) is None


def test_a_target_is_here_or_not(target):
    lock = make_target(None, python=f">={MINOR},<3.99").lock
    here = target_of(lock, make_machine(pythons=[OWN_PYTHON]))
    assert here.python == Interpreter(**OWN_PYTHON)
    assert here.is_here(make_machine())
    assert not here.is_here(make_machine(os_arch="aarch64"))
    assert not target.is_here(make_machine())


@pytest.mark.parametrize(
    ("limits", "version"), [(">=3.13,<3.14", "3.13.0"), (">=3.13.2,<3.14", "3.13.2")]
)
def test_a_target_whose_python_is_not_here(limits, version):
    found = target_of(make_target(None, python=limits).lock, make_machine())
    assert (found.python, found.python_minor) == (Interpreter("", version), "3.13")


def test_a_target_of_another_system():
    mac = make_target(
        Interpreter("", "3.11.0"), os="macos", arch="aarch64", libc=None, platform_floor="14.0"
    )
    tags = {tag.platform for tag in mac.tags(make_machine())}
    assert {"macosx_14_0_arm64", "macosx_11_0_arm64", "any"} <= tags
    assert "macosx_15_0_arm64" not in tags
    assert mac.markers(make_machine())["sys_platform"] == "darwin"
