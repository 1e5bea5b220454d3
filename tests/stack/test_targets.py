import pytest
from stack_fixtures import make_machine

from bringup.base.errors import BringupError
from bringup.stack.targets import (
    machine_of_target,
    parse_target,
    parse_targets,
    pylock_name,
    python_floor,
)


@pytest.mark.parametrize(
    ("text", "name", "file"),
    [
        ("cpu", "cpu", "pylock.cpu.toml"),
        ("cu130", "cu130", "pylock.cu130.toml"),
        ("rocm7.2", "rocm7.2", "pylock.rocm7_2.toml"),
        ("cu130@linux-aarch64", "cu130@linux-aarch64", "pylock.cu130-linux-aarch64.toml"),
        ("cu130@linux-arm64", "cu130@linux-aarch64", "pylock.cu130-linux-aarch64.toml"),
        ("cpu@macos-aarch64", "cpu@macos-arm64", "pylock.cpu-macos-arm64.toml"),
        ("cpu@windows-amd64", "cpu@windows-x86_64", "pylock.cpu-windows-x86_64.toml"),
        ("cpu@py3.12", "cpu@py3.12", "pylock.cpu-py312.toml"),
        (
            "cpu@linux-x86_64-musl-py3.13",
            "cpu@linux-x86_64-musl-py3.13",
            "pylock.cpu-linux-x86_64-musl-py313.toml",
        ),
    ],
)
def test_a_target_has_one_name_and_one_file(text, name, file):
    target = parse_target(text)
    assert (target.name, target.train_lock) == (name, file)
    assert parse_target(target.name) == target


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gpu",
        "cu1",
        "cpu@",
        "cpu@linux",
        "cpu@linux-riscv",
        "cpu@plan9-x86_64",
        "auto@py3.12",
        "cpu@macos-arm64-musl",
        "cpu@linux-x86_64-py2.7",
        "cpu@linux-x86_64-3.12",
        "../cpu",
    ],
)
def test_what_is_no_target(text):
    with pytest.raises(BringupError) as caught:
        parse_target(text)
    assert caught.value.code == "STK070"


def test_the_same_target_twice_counts_once():
    assert [row.name for row in parse_targets(["cpu@macos-arm64", "cpu", "cpu@macos-aarch64"])] == [
        "cpu@macos-arm64",
        "cpu",
    ]


def test_names_of_locks_have_no_further_dot():
    assert pylock_name("rocm6.4-py3") == "pylock.rocm6_4-py3.toml"


def test_auto_is_the_machine_at_hand():
    machine = make_machine(gpus=[{"vendor": "nvidia", "name": "L4"}], driver="580.65.06")
    assert machine_of_target(parse_target("auto"), machine, ">=3.11") is machine


def test_a_target_changes_what_it_names_and_no_more():
    machine = make_machine(
        gpus=[{"vendor": "nvidia", "name": "L4"}],
        driver="580.65.06",
        settings={"index": "http://i"},
    )
    plain = machine_of_target(parse_target("cu130"), machine, ">=3.11")
    assert (plain.os, plain.arch, plain.libc_version) == ("linux", "x86_64", "2.36")
    assert plain.gpus == ()
    assert plain.interpreters == machine.interpreters
    arm = machine_of_target(parse_target("cu130@linux-aarch64"), machine, ">=3.11")
    assert (arm.os, arm.arch, arm.libc, arm.libc_version) == ("linux", "aarch64", "glibc", "2.28")
    assert arm.index_settings.index == "http://i"
    mac = machine_of_target(parse_target("mps@macos-arm64-py3.12"), machine, ">=3.11")
    assert (mac.os, mac.libc, mac.value("os.version")) == ("macos", None, "14.0")
    assert [gpu.vendor for gpu in mac.gpus] == ["apple"]
    assert [row.version for row in mac.interpreters] == ["3.12.0"]


def test_a_python_that_is_here_is_taken_where_it_is():
    pythons = [
        {"path": "/a/python", "version": "3.11.7"},
        {"path": "/b/python", "version": "3.12.3"},
    ]
    machine = make_machine(pythons=pythons)
    here = machine_of_target(parse_target("cpu@py3.12"), machine, ">=3.11")
    assert [row.path for row in here.interpreters] == ["/b/python"]
    there = machine_of_target(parse_target("cpu@windows-x86_64-py3.12"), machine, ">=3.12.2")
    assert [(row.path, row.version) for row in there.interpreters] == [("python3.12", "3.12.2")]


def test_a_python_that_the_project_does_not_allow():
    with pytest.raises(BringupError, match=r"3\.12") as caught:
        machine_of_target(parse_target("cpu@py3.12"), make_machine(), "==3.11.*")
    assert caught.value.code == "STK071"


@pytest.mark.parametrize(
    ("version", "specifier", "floor"),
    [
        ("3.11.7", "", "3.11"),
        ("3.11.7", ">=3.11", "3.11"),
        ("3.11.7", ">=3.11.4", "3.11.4"),
        ("3.12.1", "~=3.12.0", "3.12"),
        ("3.12.3", "==3.12.3", "3.12.3"),
        ("3.11.7", "no specifier", "3.11.7"),
        ("3.11.7", ">=3.12", "3.11.7"),
    ],
)
def test_a_lock_serves_each_release_from_the_projects_floor_on(version, specifier, floor):
    assert python_floor(version, specifier) == floor
