from itertools import pairwise

import pytest
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bringup.knowledge.cuda import (
    architecture_of,
    architectures,
    capabilities,
    capability_of,
    cuda_families,
    cudnn_supports,
    host_compiler_of,
    host_compilers,
    toolkits,
)


@pytest.mark.parametrize(
    ("major", "linux", "windows"),
    [(11, "450.80.02", "452.39"), (12, "525.60.13", "527.41"), (13, "580.65.06", "580.00")],
)
def test_drivers_of_families(major, linux, windows):
    family = cuda_families()[major]
    assert (family.min_driver_linux, family.min_driver_windows) == (linux, windows)


def test_toolkits_are_the_newest_first_and_their_drivers_do_not_go_back():
    versions = [Version(row.cuda) for row in toolkits()]
    assert versions == sorted(versions, reverse=True)
    for major in (11, 12):
        rows = [row for row in toolkits() if Version(row.cuda).major == major and row.driver_linux]
        first = {row.cuda: Version(row.driver_linux) for row in rows}
        drivers = [first[cuda] for cuda in sorted(first, key=Version)]
        assert drivers == sorted(drivers)


@pytest.mark.parametrize(
    ("cuda", "floor", "ceiling"),
    [
        ("11.8", "3.5", "9.0"),
        ("12.0", "5.0", "9.0"),
        ("12.6", "5.0", "9.0"),
        ("12.8", "5.0", "12.0"),
        ("13.0", "7.5", "12.1"),
    ],
)
def test_what_a_toolkit_compiles_for(cuda, floor, ceiling):
    row = capability_of(cuda)
    assert row.floor == floor
    assert Version(row.ceiling).major == Version(ceiling).major


def test_a_toolkit_between_rows_is_like_the_one_before():
    rows = capabilities()
    assert [Version(row.cuda) for row in rows] == sorted(Version(row.cuda) for row in rows)
    assert capability_of("99.0") == rows[-1]
    assert capability_of("1.0") is None
    assert capability_of(f"{rows[0].cuda}.5") == rows[0]


@pytest.mark.parametrize(("cuda", "gcc"), [("11.8", 11), ("12.0", 12), ("12.4", 13), ("12.8", 14)])
def test_host_compilers(cuda, gcc):
    assert Version(host_compiler_of(cuda).gcc_max).major == gcc


def test_host_compilers_before_the_first_row():
    assert host_compiler_of("1.0") is None
    assert host_compiler_of("99.0") == host_compilers()[-1]


@pytest.mark.parametrize(
    ("capability", "name"),
    [("7.0", "Volta"), ("7.5", "Turing"), ("8.6", "Ampere"), ("8.9", "Ada"), ("9.0", "Hopper")],
)
def test_generations(capability, name):
    assert name in architecture_of(capability).name


def test_generations_do_not_overlap_and_the_living_have_no_last_driver():
    rows = architectures()
    for one, other in pairwise(rows):
        assert Version(one.floor) <= Version(one.ceiling) < Version(other.floor)
    assert architecture_of("7.0").last_driver_branch is not None
    assert architecture_of("12.0").last_driver_branch is None
    assert architecture_of("99.0") is None


def test_ranges_of_cudnn_can_be_read():
    for row in cudnn_supports():
        assert row.cuda
        if any(mark in row.cudnn for mark in "<>=~"):
            SpecifierSet(row.cudnn)
        assert row.floor is None or Version(row.floor)
