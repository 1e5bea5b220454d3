from __future__ import annotations

import pytest

from bringup.base.errors import BringupError
from bringup.machine import Fact, Machine, machine_of
from bringup.machine.overrides import apply_overrides, read_overrides

CPU_ONLY = Machine(
    {
        "os.family": Fact("linux", "test"),
        "libc.family": Fact("glibc", "test"),
        "libc.version": Fact("2.36", "test"),
        "gpu.devices": Fact([], "test"),
        "gpu.nvidia_driver": Fact(None, "test"),
        "index.pip.index_url": Fact(None, "not set"),
    }
)


def changed(*facts: str, env=None, machine=CPU_ONLY) -> Machine:
    return apply_overrides(machine, read_overrides(facts, env or {}))


def test_option_beats_variable_and_says_so():
    found = changed("cpu.cores_usable=4", env={"BRINGUP_CPU_CORES_USABLE": "8"})
    assert found.facts["cpu.cores_usable"] == Fact(4, "override --fact")


def test_variable_sets_a_fact_and_the_empty_one_makes_it_absent():
    found = changed(env={"BRINGUP_OS_NAME": "Debian", "BRINGUP_LIBC_VERSION": ""})
    assert found.facts["os.name"] == Fact("Debian", "override BRINGUP_OS_NAME")
    assert found.facts["libc.version"] == Fact(None, "override BRINGUP_LIBC_VERSION")


@pytest.mark.parametrize("option", ["cpu.cores_usable", "=4", ""])
def test_option_without_a_key_or_value(option):
    with pytest.raises(BringupError) as caught:
        read_overrides([option], {})
    assert caught.value.code == "MCH003"


def test_unknown_key():
    with pytest.raises(BringupError) as caught:
        read_overrides(["cpu.core_usable=4"], {})
    assert "cpu.cores_usable" in str(caught.value)


def test_a_whole_machine_in_short_names():
    found = changed(
        "compute_capability=12.0",
        "driver=572.16",
        "gpu=RTX 5070",
        "os=Windows 11",
        "arch=AMD64",
        "python=3.12",
        "glibc=",
    )
    (gpu,) = found.gpus
    assert (gpu.vendor, gpu.name, gpu.compute_capability, gpu.driver) == (
        "nvidia",
        "RTX 5070",
        "12.0",
        "572.16",
    )
    assert found.nvidia_driver == "572.16"
    assert (found.os, found.value("os.name"), found.value("os.version")) == (
        "windows",
        "Windows",
        "11",
    )
    assert (found.arch, found.libc, found.libc_version) == ("x86_64", None, None)
    assert [python.version for python in found.interpreters] == ["3.12"]


@pytest.mark.parametrize("text", ["none", "", "CPU"])
def test_no_gpu(text):
    found = changed(f"gpu={text}", "compute_capability=", "driver=")
    assert found.gpus == ()
    assert found.nvidia_driver is None


@pytest.mark.parametrize(
    ("name", "vendor"),
    [
        ("MI300X", "amd"),
        ("Radeon RX 7900 XTX", "amd"),
        ("Ascend 910B", "ascend"),
        ("Apple M3", "apple"),
        ("M4 Max", "apple"),
        ("Arc A770", "intel"),
        ("P40", "nvidia"),
        ("GTX 1080 Ti", "nvidia"),
        ("RTX PRO 6000 Blackwell", "nvidia"),
        ("H100", "nvidia"),
        ("Tesla M40", "nvidia"),
    ],
)
def test_maker_by_name(name, vendor):
    assert changed(f"gpu={name}").gpus[0].vendor == vendor


def test_driver_of_another_maker_is_not_nvidias():
    found = changed("gpu=MI300X", "driver=6.4")
    assert (found.gpus[0].driver, found.nvidia_driver) == ("6.4", None)


def test_capability_without_a_name_still_makes_a_gpu():
    assert changed("compute_capability=8.9").gpus[0].compute_capability == "8.9"


def test_capability_changes_all_devices_that_are_there():
    two = [{"vendor": "nvidia", "name": "a", "driver": "1"}, {"vendor": "nvidia", "name": "b"}]
    machine = CPU_ONLY.with_facts({"gpu.devices": Fact(two, "test")})
    found = changed("compute_capability=9.0", "driver=", machine=machine)
    assert [(gpu.compute_capability, gpu.driver) for gpu in found.gpus] == [("9.0", None)] * 2


@pytest.mark.parametrize(
    ("text", "name", "version", "libc"),
    [
        ("Ubuntu 22.04", "Ubuntu", "22.04", ("glibc", "2.36")),
        ("Amazon Linux 2", "Amazon Linux", "2", ("glibc", "2.36")),
        ("Alpine 3.19", "Alpine", "3.19", ("musl", None)),
        ("macOS 14", "macOS", "14", (None, None)),
        ("Arch", "Arch", None, ("glibc", "2.36")),
    ],
)
def test_os(text, name, version, libc):
    found = changed(f"os={text}")
    assert (found.value("os.name"), found.value("os.version")) == (name, version)
    assert (found.libc, found.libc_version) == libc


def test_linux_on_a_machine_that_was_none():
    windows = CPU_ONLY.with_facts({"os.family": Fact("windows", "test")})
    found = changed("os=Ubuntu 24.04", machine=windows)
    assert (found.os, found.libc, found.libc_version) == ("linux", "glibc", None)
    assert changed("os=").os is None


@pytest.mark.parametrize(
    ("facts", "libc"),
    [
        (["glibc=2.17"], ("glibc", "2.17")),
        (["glibc=", "libc=musl"], ("musl", None)),
        (["libc=musl", "glibc="], ("musl", None)),
        (["libc=musl 1.2"], ("musl", "1.2")),
        (["glibc=2.28", "libc=glibc"], ("glibc", "2.28")),
        (["libc=glibc"], ("glibc", "2.36")),
        (["glibc="], (None, None)),
    ],
)
def test_libc(facts, libc):
    found = changed(*facts)
    assert (found.libc, found.libc_version) == libc


@pytest.mark.parametrize(
    "option", ["driver=new", "driver=580.95-rc", "glibc=old", "compute_capability=sm_90"]
)
def test_what_must_be_a_version_is_not_taken_as_absent(option):
    with pytest.raises(BringupError) as caught:
        changed(option, "gpu=L4")
    assert caught.value.code == "MCH002"
    assert caught.value.params["key"] == option.partition("=")[0]


def test_none_is_absent_as_well_as_an_empty_value():
    options = ("gpu=L4", "driver=none", "glibc=None", "compute_capability=none")
    found = changed(*options)
    assert found.gpus[0].compute_capability is None
    assert (found.nvidia_driver, found.libc) == (None, None)


def test_a_target_of_amd_is_a_capability_too():
    (device,) = changed("gpu=MI300X", "compute_capability=gfx942").gpus
    assert device.compute_capability == "gfx942"


@pytest.mark.parametrize(("text", "family"), [("FreeBSD 14.1", "freebsd"), ("solaris", "solaris")])
def test_a_system_that_is_no_linux(text, family):
    found = changed(f"os={text}")
    assert (found.os, found.libc, found.libc_version) == (family, None, None)


def test_python_must_be_a_version():
    assert changed("python=").interpreters == ()
    with pytest.raises(BringupError) as caught:
        changed("python=three")
    assert caught.value.code == "MCH002"
    assert changed("arch=").arch is None


def test_a_part_of_the_index_settings_changes_the_whole():
    found = changed("index.pip.index_url=https://mirror.example/simple")
    assert found.index_settings.index == "https://mirror.example/simple"
    kept = changed('index.settings={"index": "x"}', "index.pip.index_url=https://y.example")
    assert kept.index_settings.index == "x"


def test_machine_of_probes_with_overrides(tmp_path):
    env = {"PATH": "", "HOME": str(tmp_path), "BRINGUP_MEMORY_TOTAL_BYTES": "1GiB"}
    found = machine_of(facts=["gpu=L4"], env=env, folder=tmp_path)
    assert found.value("memory.total_bytes") == 1 << 30
    assert found.gpus[0].name == "L4"
    assert found.facts["disk.free_bytes"].source == f"statvfs {tmp_path}"
