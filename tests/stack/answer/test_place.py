import pytest
from asking import gpu, mac, machine, place, windows
from packaging.version import Version

from bringup.machine import machine_by_hand
from bringup.stack.answer.place import version_of


def test_capabilities_come_from_the_facts_first():
    (device,) = place(gpu("8.0", "Tesla V100")).devices
    assert device.capability == Version("8.0")
    assert device.known is None


@pytest.mark.parametrize(
    ("name", "capability"),
    [
        ("Tesla V100", "7.0"),
        ("NVIDIA GeForce RTX 4090", "8.9"),
        ("P40", "6.1"),
        ("h100", "9.0"),
        ("RTX 5090", "12.0"),
    ],
)
def test_or_else_from_the_table_of_gpus_and_the_row_is_kept(name, capability):
    (device,) = place(gpu(None, name)).devices
    assert device.capability == Version(capability)
    assert device.known.provenance.source


def test_an_unknown_gpu_has_no_capability():
    (device,) = place(gpu(None, "Mystery 9000")).devices
    assert (device.capability, device.known, device.vendor) == (None, None, "nvidia")


def test_gpus_of_amd_have_a_target():
    (device,) = place(machine(gpu="MI300X")).devices
    assert (device.vendor, device.gfx) == ("amd", "gfx942")
    assert place(machine(gpu="MI300X")).of_vendor("nvidia") == ()


@pytest.mark.parametrize(
    ("target", "system", "platform", "shown"),
    [
        (machine(), "linux", "linux_x86_64", "Linux x86_64"),
        (machine(arch="arm64"), "linux", "linux_aarch64", "Linux aarch64"),
        (machine(libc="musl", glibc=None), "linux", "linux_x86_64", "Linux (musl) x86_64"),
        (windows(), "windows", "windows", "Windows x86_64"),
        (mac(), "macos", "macos", "macOS aarch64"),
    ],
)
def test_platforms(target, system, platform, shown):
    found = place(target)
    assert (found.os, found.platform, found.shown) == (system, platform, shown)


def test_what_is_not_known_is_none():
    found = place(machine_by_hand({}, "test"))
    assert (found.python, found.driver, found.libc_version, found.devices) == (None, None, None, ())
    assert found.interpreter.version == "3.12"


def test_another_python():
    found = place(machine(python="3.9")).with_python("3.11")
    assert found.python == Version("3.11")
    assert found.interpreter.version == "3.11"


@pytest.mark.parametrize("text", [None, "", "N/A", "[Unknown Error]"])
def test_what_is_no_version_is_none(text):
    assert version_of(text) is None
