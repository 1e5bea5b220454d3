import pytest

from bringup.explain.conditions import Condition, ConditionError
from bringup.explain.functions import release_of, sm

NAMES = {
    "os": "Windows 11 WSL2",
    "driver": "525.60.13",
    "torch": "2.1.0+cu121",
    "cuda": "12.4",
    "found": "11040",
    "gpu": "Tesla P40",
    "arch": "sm_120",
    "free": "11.6 GiB",
}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("is(os, 'windows|macos')", True),
        ("is(os, 'ubuntu')", False),
        (r"is(os, '^\w+ 1[01]\b')", True),
        ("wsl(os)", True),
        ("older(driver, '530')", True),
        ("older(driver, '525')", False),
        ("newer('12.10', '12.9')", True),
        ("equal(cuda, '12')", True),
        ("same_major(found, cuda)", False),
        ("same_minor(torch, '2.1.2')", True),
        ("same_minor(torch, '2')", False),
        ("older(found, '11.5') and not older(found, '11.4')", True),
        ("newer(cuda, driver_cuda(driver))", False),
        ("newer('13.0', driver_cuda(driver))", True),
        ("older(driver, driver_needed(cuda))", False),
        ("older(driver, driver_needed('13.0'))", True),
        ("older(capability(gpu), '7.0')", True),
        ("older(capability(gpu), sm(arch))", True),
        ("number(free) < 12 <= 12.5", True),
        ("number(free) == 11.6", True),
        ("known(gpu) and not known(rocm)", True),
        # What is not known is neither true nor false.
        ("older(rocm, '5.0')", False),
        ("not older(rocm, '5.0')", False),
        ("older(rocm, '5.0') or wsl(os)", True),
        ("capability('no such card') == 1", False),
        ("older(os, 'no number')", False),
    ],
)
def test_conditions(text, holds):
    assert Condition(text).holds(NAMES) is holds


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "os.name",
        "is(os)",
        "is(os, driver)",
        "is(os, '(')",
        "older(driver, 'x', 'y')",
        "[1, 2]",
        "driver in os",
        "lambda: 1",
        "a; b",
        "known(" * 500,
        "",
    ],
)
def test_what_is_no_condition_is_refused(text):
    with pytest.raises(ConditionError):
        Condition(text).read()


def test_names_of_a_condition():
    assert Condition("older(driver, '5') and known(is_wsl)").names == {"driver", "is_wsl"}


@pytest.mark.parametrize(
    ("text", "release"),
    [
        ("cu118", (11, 8)),
        ("cu92", (9, 2)),
        ("cu12", (12,)),
        ("12020", (12, 2)),
        ("v1.13.1", (1, 13, 1)),
        ("19041", (19041,)),
        ("none", None),
        ("9" * 400, None),
    ],
)
def test_releases(text, release):
    assert release_of(text) == release


def test_compute_capabilities():
    assert [sm(text) for text in ("sm_86", "120", "compute_90a", "8.9", "x")] == [
        "8.6",
        "12.0",
        "9.0",
        "8.9",
        None,
    ]
