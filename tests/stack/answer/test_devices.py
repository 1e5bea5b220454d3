from dataclasses import replace

import pytest
from asking import DRIVER, build, codes, gpu, machine, place, release, windows, with_gpus
from packaging.version import Version

from bringup.machine import machine_by_hand
from bringup.stack.answer.devices import min_driver, served_by, sm_of
from bringup.stack.answer.options import rows_of


def judge(target, version, name, framework="torch"):
    served = served_by(build(framework, version, name), place(target))
    return codes(served.reasons)


@pytest.mark.parametrize(
    ("capability", "version", "name", "found"),
    [
        # torch 2.11 cu128 dropped Volta, cu126 kept everything from Maxwell on.
        ("7.0", "2.11.0", "cu128", ["arch_dropped"]),
        ("7.0", "2.11.0", "cu126", []),
        ("5.0", "2.11.0", "cu126", []),
        ("3.7", "2.11.0", "cu126", ["arch_dropped"]),
        ("6.1", "2.8.0", "cu128", ["arch_dropped"]),
        # Code for X.y runs on X.z, z >= y: 8.6 on 8.9, 6.0 on 6.1, 12.0 on 12.1.
        ("8.9", "2.8.0", "cu128", []),
        ("6.1", "2.8.0", "cu126", []),
        ("12.1", "2.8.0", "cu128", []),
        # Blackwell needs CUDA 12.8, which came with torch 2.7.
        ("12.0", "2.6.0", "cu124", ["arch_too_new"]),
        ("12.0", "2.7.1", "cu126", ["arch_too_new"]),
        ("12.0", "2.7.1", "cu128", []),
        ("10.0", "2.7.1", "cu118", ["arch_too_new"]),
    ],
)
def test_both_ends_of_the_architectures(capability, version, name, found):
    assert judge(gpu(capability), version, name) == found


def test_the_text_names_both_ends_in_the_fields_words():
    served = served_by(build("torch", "2.11.0", "cu128"), place(gpu("7.0", "V100")))
    (reason,) = served.reasons
    assert "torch 2.11.0 cu128 has no code for sm_70 (V100)" in reason.note.text
    assert reason.note.params["floor"] == "sm_75"
    assert [row.table for row in reason.rows] == ["builds/torch"]


def test_an_architecture_between_compiled_ones_was_never_compiled():
    # aarch64 builds of torch 2.14 have 8.0 and 9.0: a 7.5 and a gap are different texts.
    target = gpu("7.5", "T4G", arch="aarch64")
    (reason,) = served_by(build("torch", "2.9.1", "cu128"), place(target)).reasons
    assert (reason.code, reason.note.code) == ("arch_dropped", "ANS023")
    (reason,) = served_by(build("torch", "2.9.1", "cu128"), place(gpu("11.0"))).reasons
    assert (reason.code, reason.note.code) == ("arch_dropped", "ANS025")


def with_ptx():
    """Return a build with PTX for 12.0 of a toolkit that is newer than its family's driver."""
    row = build("torch", "2.14.1", "cu132")
    return replace(row, ptx="12.0", toolkit_driver_linux="595.45.04")


@pytest.mark.parametrize(
    ("capability", "driver", "found"),
    [
        # The family's driver is enough for compiled code, but not for a newer toolkit's PTX.
        ("12.0", "580.65.06", []),
        ("13.0", "580.65.06", ["arch_too_new"]),
        ("13.0", "595.45.04", []),
        ("13.0", "580.65.05", ["arch_too_new", "driver_too_old"]),
        # It is compiled for what is newer than it, never for what is older.
        ("11.0", "595.45.04", ["arch_dropped"]),
    ],
)
def test_the_driver_compiles_intermediate_code_when_it_knows_the_toolkit(capability, driver, found):
    served = served_by(with_ptx(), place(gpu(capability, driver=driver)))
    assert codes(served.reasons) == found


def test_ptx_of_windows_is_not_counted_on():
    target = windows(gpu="next", compute_capability="13.0", driver="610.47")
    assert codes(served_by(with_ptx(), place(target)).reasons) == ["arch_too_new"]


@pytest.mark.parametrize(
    ("driver", "name", "found"),
    [
        ("525.60.13", "cu126", []),
        ("525.60.12", "cu126", ["driver_too_old"]),
        ("450.80.02", "cu118", []),
        ("450.80.01", "cu118", ["driver_too_old"]),
        ("999.1", "cu126", []),
    ],
)
def test_drivers_on_linux(driver, name, found):
    assert judge(gpu("8.6", driver=driver), "2.6.0", name) == found


@pytest.mark.parametrize(
    ("driver", "found"), [("527.41", []), ("527.40", ["driver_too_old"]), ("528", [])]
)
def test_drivers_on_windows(driver, found):
    target = windows(gpu="RTX 3060", compute_capability="8.6", driver=driver)
    assert judge(target, "2.6.0", "cu126") == found


def test_no_driver_is_too_old_and_an_unknown_one_is_not_judged():
    served = served_by(build("torch", "2.8.0", "cu126"), place(gpu("8.9", driver=None)))
    assert [(r.code, r.note.code) for r in served.reasons] == [("driver_too_old", "ANS022")]
    device = {"vendor": "nvidia", "name": "L4", "compute_capability": "8.9"}
    unknown = machine_by_hand({"gpu.devices": [device]}, "test")
    assert judge(unknown, "2.8.0", "cu126") == []


def test_the_oldest_driver_and_the_row_that_says_so():
    needed, row = min_driver(build("torch", "2.8.0", "cu126"), windows=False)
    assert (needed, row.table) == ("525.60.13", "cuda/family")
    assert min_driver(build("torch", "2.8.0", "cu126"), windows=True)[0] == "527.41"
    assert min_driver(build("torch", "2.8.0", "cpu"), windows=False) is None


def test_gpus_that_differ_are_served_or_left_out_by_name():
    target = with_gpus(("RTX 5090", "12.0"), ("GTX 1080", "6.1"))
    served = served_by(build("torch", "2.8.0", "cu128"), place(target))
    assert [device.name for device in served.devices] == ["RTX 5090"]
    assert served.left_out == ("GTX 1080",)
    served = served_by(build("torch", "2.8.0", "cu126"), place(target))
    assert served.left_out == ("RTX 5090",)
    assert codes(served.reasons) == ["arch_too_new"]


def test_twins_are_one_reason():
    target = with_gpus(("K80", "3.7"), ("K80", "3.7"))
    assert judge(target, "2.8.0", "cu128") == ["arch_dropped"]


def test_a_gpu_whose_capability_nobody_knows_is_served_when_the_driver_is_right():
    assert judge(gpu(None, "Mystery 9000"), "2.8.0", "cu128") == []
    assert judge(gpu(None, "Mystery 9000", driver="470.1"), "2.8.0", "cu128") == ["driver_too_old"]


def test_nothing_to_serve():
    for target in (machine(), machine(gpu="MI300X"), machine(gpu="Intel Arc A770")):
        served = served_by(build("torch", "2.8.0", "cu128"), place(target))
        assert (served.devices, served.reasons) == ((), ())


def test_targets_of_amd():
    name = next(row.build for row in rows_of(release("torch", "2.14.1")) if row.is_rocm)
    assert judge(machine(gpu="MI300X"), "2.14.1", name) == []
    target = machine_by_hand(
        {"gpu.devices": [{"vendor": "amd", "name": "old", "gfx": "gfx803"}]}, "test"
    )
    (reason,) = served_by(build("torch", "2.14.1", name), place(target)).reasons
    assert (reason.code, reason.note.code) == ("arch_dropped", "ANS026")
    assert "rocm" in [row.table for row in reason.rows]


def test_a_range_where_only_that_is_known():
    # JAX states a floor for its plugins and nothing else.
    assert judge(gpu("7.0"), "0.9.1", "cuda13", "jax") == ["arch_dropped"]
    assert judge(gpu("7.0"), "0.9.1", "cuda12", "jax") == []
    assert judge(gpu("5.0"), "0.9.1", "cuda12", "jax") == ["arch_dropped"]


def test_systems_whose_gpu_a_build_cannot_use():
    target = windows(gpu="RTX 4080", compute_capability="8.9", driver=DRIVER)
    assert judge(target, "0.9.1", "cuda12", "jax") == ["os_gpu_unsupported"]


def test_names_of_capabilities():
    assert sm_of(Version("7.0")) == "sm_70"
    assert sm_of(Version("12.1")) == "sm_121"
    assert sm_of(None) == "sm_?"
