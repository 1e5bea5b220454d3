"""Of several targets the one that suits the machine; a machine that none suits is refused."""

from dataclasses import replace

import pytest
from lock_fixtures import CPU, CU126, CU130, ROCM, machine

from bringup.base.errors import BringupError, ErrorGroup
from bringup.base.messages import choose_language
from bringup.environment.pick import pick_target
from bringup.stack.lock_file import LockFile

MPS = replace(
    CPU, name="mps@macos-arm64", build="mps", os="macos", arch="aarch64", libc=None, gpu=None
)
PY312 = replace(CPU, name="cpu@py3.12", python=">=3.12,<3.13")
FALLBACK = replace(CU130, name="cu130", requested="auto", gpu=replace(CU130.gpu, required=False))


@pytest.fixture(autouse=True)
def english():
    choose_language("en")


def picked(name, *targets, **options):
    return pick_target(LockFile(tuple(targets), "w"), machine(name), **options)


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("linux-cpu", "cpu"),
        ("container-limits", "cpu"),
        ("rtx4090-driver535", "cu126"),
        ("v100-driver580", "cu126"),
        ("slurm-two-gpus", "cu126"),
        ("mi300x", "rocm7.2"),
        ("macos-m3", "mps@macos-arm64"),
    ],
)
def test_one_lock_serves_many_machines(name, target):
    found = picked(name, CPU, CU126, CU130, ROCM, MPS)
    assert found.target.name == target
    assert found.python.version.startswith("3.11.")


def test_the_newest_build_that_the_driver_runs():
    facts = {"gpu__nvidia_driver": "590.10", "gpu__devices": [{"vendor": "nvidia", "name": "L4"}]}
    lock = LockFile((CPU, CU130, CU126), "w")
    assert pick_target(lock, machine("linux-cpu", **facts)).target.name == "cu130"


def test_why_a_gpu_is_left_alone_is_said():
    found = picked("v100-driver580", CPU, CU130)
    assert found.target.name == "cpu"
    assert [note.code for note in found.notes] == ["ENV030"]
    assert "V100" in found.notes[0].text
    assert picked("linux-cpu", CPU, CU130).notes == ()


def test_the_build_that_the_project_names_and_no_other():
    assert picked("rtx4090-driver535", CPU, CU126, accelerator="cpu").target.name == "cpu"
    with pytest.raises(BringupError, match="cpu, cu126") as caught:
        picked("rtx4090-driver535", CPU, CU126, accelerator="cu118")
    assert caught.value.code == "ENV027"
    with pytest.raises(ErrorGroup) as caught:
        picked("linux-cpu", CPU, CU126, accelerator="cu126")
    assert caught.value.code == "ENV021"


def test_without_a_gpu_a_plain_build_comes_first():
    assert picked("linux-cpu", FALLBACK, CPU).target is CPU
    assert picked("linux-cpu", FALLBACK).target is FALLBACK


def test_targets_for_several_pythons():
    assert picked("linux-cpu", CPU, PY312).target is CPU
    assert picked("linux-cpu", PY312).python.version == "3.12.3"


def test_a_machine_that_no_target_suits_hears_of_the_nearest_first():
    with pytest.raises(ErrorGroup) as caught:
        picked("windows11-rtx4080", MPS, CPU, CU126)
    errors = caught.value.errors
    assert [error.code for error in errors] == ["ENV001", "ENV025", "ENV026", "ENV026"]
    assert all("`cpu`" in str(error) for error in errors[:2])
    assert {error.params["target"] for error in errors[2:]} == {"cu126", "mps@macos-arm64"}
    assert "macos / windows" in str(errors[3]) or "macos / windows" in str(errors[2])
