"""Each fact that fails is named, on whole machines of the museum."""

from dataclasses import replace

import pytest
from lock_fixtures import CPU, CU126, CU130, ROCM, machine

from bringup.base.messages import choose_language
from bringup.environment.refuse import command_adding, interpreter_for, misfits
from bringup.machine import Fact


@pytest.fixture(autouse=True)
def english():
    choose_language("en")


def codes(target, name, **facts):
    return [error.code for error in misfits(target, machine(name, **facts))]


@pytest.mark.parametrize(
    ("target", "name", "expected"),
    [
        (CPU, "linux-cpu", []),
        (CPU, "container-limits", []),
        (CPU, "v100-driver580", []),
        (CU126, "v100-driver580", []),
        (CU126, "rtx4090-driver535", []),
        (CU126, "slurm-two-gpus", []),
        (CU126, "wsl2-rtx4070", []),
        # The driver is new enough, the GPU is older than all code of the build.
        (CU130, "v100-driver580", ["ENV022"]),
        (CU130, "rtx4090-driver535", ["ENV020"]),
        (CU130, "linux-cpu", ["ENV021", "ENV020"]),
        (CPU, "alpine-musl", ["ENV001"]),
        (CPU, "macos-m3", ["ENV001", "ENV001"]),
        (CPU, "ascend-910b", ["ENV001"]),
        (CPU, "windows11-rtx4080", ["ENV001", "ENV025"]),
        (CU126, "macos-m3", ["ENV001", "ENV001", "ENV021", "ENV020"]),
        (CU126, "mi300x", ["ENV021", "ENV020"]),
        (ROCM, "mi300x", []),
        (ROCM, "linux-cpu", ["ENV021"]),
        (replace(CPU, platform_floor="2.38"), "rtx4090-driver535", ["ENV002"]),
        (replace(CPU, platform_floor="2.39"), "linux-cpu", []),
        (replace(CPU, python=">=3.14,<3.15"), "linux-cpu", ["ENV025"]),
    ],
)
def test_all_facts_that_fail_and_no_other(target, name, expected):
    assert codes(target, name) == expected


def test_everything_wrong_at_once_is_all_told():
    wrong = {
        "os__arch": "aarch64",
        "gpu__nvidia_driver": "470.82.01",
        "gpu__devices": [{"vendor": "nvidia", "name": "Tesla K80", "compute_capability": "3.7"}],
        "python__interpreters": [{"path": "/usr/bin/python3", "version": "3.9.2"}],
    }
    found = misfits(CU130, machine("linux-cpu", **wrong))
    assert [error.code for error in found] == ["ENV001", "ENV020", "ENV022", "ENV025"]
    for error, (expected, seen) in zip(
        found,
        [
            ("x86_64", "aarch64"),
            ("580.65.06", "470.82.01"),
            ("7.5 to 12.0", "3.7"),
            (">=3.11,<3.12", "3.9.2"),
        ],
        strict=True,
    ):
        assert expected in str(error)
        assert seen in str(error)
        assert "`" in error.hint


def gpus(*capabilities):
    return {
        "gpu__nvidia_driver": "595.10",
        "gpu__devices": [
            {"vendor": "nvidia", "name": f"GPU {number}", "compute_capability": capability}
            for number, capability in enumerate(capabilities)
        ],
    }


@pytest.mark.parametrize(
    ("target", "capabilities", "expected"),
    [
        (CU130, ["7.0"], ["ENV022"]),
        (CU130, ["7.5"], []),
        (CU130, ["8.9"], []),
        (CU130, ["12.1"], []),
        # Newer than all code: the driver compiles the PTX.
        (CU130, ["13.0"], []),
        (replace(CU130, gpu=replace(CU130.gpu, ptx=None)), ["13.0"], ["ENV023"]),
        (CU126, ["12.0"], ["ENV023"]),
        # Between two generations that have code, itself without any.
        (CU130, ["11.0"], ["ENV024"]),
        # One that the build serves is enough.
        (CU130, ["7.0", "8.0"], []),
        (CU130, ["7.0", "6.1"], ["ENV022", "ENV022"]),
        (CU130, ["7.0", "11.0"], ["ENV022", "ENV024"]),
    ],
)
def test_both_ends_of_the_generations(target, capabilities, expected):
    assert codes(target, "linux-cpu", **gpus(*capabilities)) == expected


def test_ptx_needs_a_driver_that_compiles_it():
    facts = {**gpus("13.0"), "gpu__nvidia_driver": "580.65.06"}
    newer = replace(CU130, gpu=replace(CU130.gpu, ptx_driver="590.44"))
    assert codes(newer, "linux-cpu", **facts) == ["ENV023"]


def test_what_nobody_knows_refuses_nothing():
    here = machine("linux-cpu")
    unknown = Fact(None, "none", unknown="nobody answers")
    keys = ("os.arch", "libc.family", "libc.version", "gpu.devices", "gpu.nvidia_driver")
    rows = dict.fromkeys((*keys, "python.interpreters"), unknown)
    assert misfits(CU130, here.with_facts(rows)) == []
    no_capability = {**gpus("8.0"), "gpu__devices": [{"vendor": "nvidia", "name": "some"}]}
    assert codes(CU130, "linux-cpu", **no_capability) == []
    assert codes(CPU, "linux-cpu", libc__version="odd") == []


def test_a_build_that_was_taken_for_a_machine_without_gpu_needs_none():
    target = replace(CU130, gpu=replace(CU130.gpu, required=False))
    assert codes(target, "linux-cpu") == []


def test_the_first_python_that_runs_the_wheels():
    here = machine("linux-cpu")
    assert interpreter_for(CPU, here).path == "/home/user/.venv/bin/python"
    assert interpreter_for(replace(CPU, python=">=3.12,<3.13"), here).version == "3.12.3"
    assert interpreter_for(replace(CPU, python=">=3.11.12,<3.12"), here) is None
    other = [{"path": "/p", "version": "3.11.9", "implementation": "pypy"}]
    assert interpreter_for(CPU, machine("linux-cpu", python__interpreters=other)) is None


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("macos-m3", "bringup lock --target cu130 --target cpu@macos-arm64"),
        ("alpine-musl", "bringup lock --target cu130 --target cpu@linux-x86_64-musl"),
        ("windows11-rtx4080", "bringup lock --target cu130 --target cpu@windows-x86_64"),
    ],
)
def test_the_next_command_names_this_machine(name, command):
    assert command_adding(["cu130"], "cpu", machine(name)) == command
