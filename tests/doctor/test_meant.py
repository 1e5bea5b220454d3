from __future__ import annotations

import pytest
from doctor_cases import case_of

from bringup.doctor.meant import (
    gpu_meant,
    is_meant,
    packages_known,
    packages_meant,
    stack_installed,
)

INSTALLED = [{"name": "torch", "version": "2.7.0+cu126"}, {"name": "numpy", "version": "2.4.1"}]
L4 = [{"vendor": "nvidia", "name": "NVIDIA L4"}]


def test_the_lock_goes_before_what_is_installed():
    document = {"facts": {"env.packages": INSTALLED}, "wants": {"packages": {"jax": "0.7.0"}}}
    assert packages_meant(case_of(document)) == {"jax": "0.7.0"}
    del document["wants"]
    assert set(packages_meant(case_of(document))) == {"torch", "numpy"}
    assert stack_installed(case_of(document))


def test_knows_nothing_without_facts():
    case = case_of({"facts": {}})
    assert not packages_known(case)
    assert not stack_installed(case)
    assert not gpu_meant(case)


@pytest.mark.parametrize(
    ("name", "versions", "meant"),
    [
        ("numpy", ">=2.4", True),
        ("numpy", ">=2.5", False),
        ("torch", "==2.7.0", True),
        ("torch", "", True),
        ("jax", "", False),
    ],
)
def test_holds_versions_against_a_specifier(name, versions, meant):
    case = case_of({"facts": {"env.packages": INSTALLED}})
    assert is_meant(case, name, versions) is meant


@pytest.mark.parametrize(
    ("wants", "meant"),
    [(None, True), ({"build": "cpu"}, False), ({"build": "rocm6.4"}, True)],
)
def test_a_build_for_the_cpu_needs_no_libraries_of_a_gpu(wants, meant):
    assert gpu_meant(case_of({"facts": {"gpu.devices": L4}, "wants": wants})) is meant
