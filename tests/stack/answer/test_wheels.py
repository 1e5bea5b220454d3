import pytest
from asking import alpine, codes, mac, machine, place, release, windows
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bringup.knowledge.releases import Release, Wheels
from bringup.machine import machine_by_hand
from bringup.stack.answer.wheels import pair_fits, pythons_of, wheel_reasons


def made(*wheels, python="", name="thing"):
    """Return a release with wheels ``platform python...``."""
    rows = []
    for line in wheels:
        platforms, *pairs = line.split()
        rows.append(Wheels(tuple(platforms.split(".")), tuple(pairs)))
    return Release(name, Version("1.0"), None, SpecifierSet(python), tuple(rows), False, ())


@pytest.mark.parametrize(
    ("pair", "python", "fits"),
    [
        ("cp312-cp312", "3.12", True),
        ("cp312-cp312", "3.12.7", True),
        ("cp312-cp312", "3.13", False),
        ("cp39-abi3", "3.13", True),
        ("cp39-abi3", "3.8", False),
        ("py3-none", "3.14", True),
        ("py310-none", "3.9", False),
        ("py2.py3-none", "3.12", True),
        ("cp37-cp37m", "3.7", True),
        ("cp313-cp313t", "3.13", False),
        ("cp27-cp27mu", "3.12", False),
        ("pp310-pypy310_pp73", "3.10", False),
        ("cp312-cp312", None, True),
        ("cp313-cp313t", None, False),
    ],
)
def test_a_pair_of_python_and_abi(pair, python, fits):
    assert pair_fits(pair, python and Version(python)) is fits


@pytest.mark.parametrize(
    ("wheel", "target", "found"),
    [
        ("manylinux_2_28_x86_64", machine(glibc="2.28"), []),
        ("manylinux_2_28_x86_64", machine(glibc="2.27"), ["glibc_too_old"]),
        ("manylinux2014_x86_64", machine(glibc="2.17"), []),
        ("manylinux2014_x86_64", machine(glibc="2.12"), ["glibc_too_old"]),
        ("manylinux_2_5_x86_64.manylinux1_x86_64", machine(glibc="2.5"), []),
        ("manylinux_2_28_aarch64", machine(), ["no_wheel_for_platform"]),
        ("manylinux_2_28_aarch64", machine(arch="aarch64"), []),
        ("manylinux_2_28_x86_64", alpine(), ["no_wheel_for_platform"]),
        ("musllinux_1_2_x86_64", alpine(), []),
        ("musllinux_1_2_x86_64", machine(), ["no_wheel_for_platform"]),
        ("linux_x86_64", machine(glibc="2.5"), []),
        ("any", alpine(), []),
        ("win_amd64", windows(), []),
        ("win_amd64", windows(arch="arm64"), ["no_wheel_for_platform"]),
        ("win_arm64", windows(arch="arm64"), []),
        ("macosx_11_0_arm64", mac(), []),
        ("macosx_15_0_arm64", mac(), ["no_wheel_for_platform"]),
        ("macosx_14_0_arm64", mac(os="macOS 14"), []),
        ("macosx_10_15_x86_64", mac(), ["no_wheel_for_platform"]),
        ("macosx_10_15_x86_64", mac(arch="x86_64"), []),
        ("macosx_10_9_universal2", mac(), []),
        ("macosx_10_9_intel", mac(), ["no_wheel_for_platform"]),
        ("macosx_10_9_intel", mac(arch="x86_64"), []),
        ("linux_x86_64", mac(), ["no_wheel_for_platform"]),
    ],
)
def test_platforms_and_c_libraries(wheel, target, found):
    assert codes(wheel_reasons(made(f"{wheel} cp312-cp312"), place(target))) == found


def test_the_oldest_of_all_wheels_counts_for_glibc():
    rows = ("manylinux_2_34_x86_64 cp312-cp312", "manylinux_2_28_x86_64 cp312-cp312")
    assert wheel_reasons(made(*rows), place(machine(glibc="2.28"))) == []
    # The older tag is another Python's.
    rows = ("manylinux_2_34_x86_64 cp312-cp312", "manylinux_2_28_x86_64 cp311-cp311")
    (reason,) = wheel_reasons(made(*rows), place(machine(glibc="2.28")))
    assert reason.note.params["needed"] == "2.34"


def test_python_too_old_and_too_new():
    thing = made("any py3-none", python=">=3.10")
    (reason,) = wheel_reasons(thing, place(machine(python="3.9")))
    assert (reason.code, reason.note.params["needed"]) == ("no_wheel_for_python", ">=3.10")
    thing = made("manylinux_2_17_x86_64 cp311-cp311 cp312-cp312 cp312-cp312t", python=">=3.10")
    (reason,) = wheel_reasons(thing, place(machine(python="3.13")))
    assert (reason.code, reason.note.params["known"]) == ("no_wheel_for_python", "3.11, 3.12")


def test_python_and_glibc_can_both_be_reasons():
    thing = made("manylinux_2_28_x86_64 cp311-cp311")
    both = codes(wheel_reasons(thing, place(machine(python="3.13", glibc="2.17"))))
    assert both == ["no_wheel_for_python", "glibc_too_old"]


def test_what_is_not_known_refuses_nothing():
    nowhere = place(machine_by_hand({}, "test"))
    assert wheel_reasons(made("manylinux_2_28_x86_64 cp311-cp311"), nowhere) == []


def test_without_wheels_only_the_python_range_counts():
    assert wheel_reasons(made(python=">=3.8"), place(alpine())) == []
    assert codes(wheel_reasons(made(python=">=3.13"), place(alpine()))) == ["no_wheel_for_python"]


def test_a_reviewed_limit_of_glibc_goes_before_the_tag():
    # Wheels of these releases say linux_x86_64, which promises nothing.
    (reason,) = wheel_reasons(release("torch", "2.5.1"), place(machine(glibc="2.12")))
    assert reason.code == "glibc_too_old"
    assert [row.table for row in reason.rows] == ["packages/torch", "conflicts"]
    assert wheel_reasons(release("torch", "2.5.1"), place(machine(glibc="2.17"))) == []


@pytest.mark.parametrize(
    ("wheels", "python", "expected"),
    [
        (("manylinux_2_17_x86_64 cp310-cp310 cp312-cp312 cp313-cp313t",), "", ["3.12", "3.10"]),
        (("manylinux_2_17_x86_64 cp310-cp310 cp312-cp312",), ">=3.11", ["3.12"]),
        (("manylinux_2_17_x86_64 cp312-abi3",), "", ["3.14", "3.13", "3.12"]),
        (("any py3-none",), ">=3.12", ["3.14", "3.13", "3.12"]),
        (("win_amd64 cp312-cp312",), "", []),
    ],
)
def test_pythons_that_have_a_wheel(wheels, python, expected):
    assert pythons_of(made(*wheels, python=python), place(machine())) == expected
