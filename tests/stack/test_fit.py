import pytest
from packaging.version import Version
from stack_fixtures import make_machine

from bringup.knowledge.frameworks import framework_table
from bringup.stack.fit import fit_of


def gpu(capability, name="card"):
    return {"vendor": "nvidia", "name": name, "compute_capability": capability}


def judged(capability, driver, version, build, **facts):
    machine = make_machine(gpus=[gpu(capability)], driver=driver, **facts)
    fit = fit_of(machine, Version(version), build, framework_table())
    return bool(fit.served), [note.code for note in fit.misfits]


@pytest.mark.parametrize(
    ("capability", "driver", "version", "build", "expected"),
    [
        ("8.9", "535.161.08", "2.14.0", "cu130", (False, ["STK062"])),
        ("8.9", "580.65.06", "2.14.0", "cu130", (True, [])),
        ("6.1", "535.161.08", "2.8.0", "cu128", (False, ["STK064"])),
        ("6.1", "535.161.08", "2.13.0", "cu126", (True, [])),
        ("12.0", "575.57.08", "2.9.1", "cu128", (True, [])),
        ("12.0", "575.57.08", "2.7.1", "cu118", (False, ["STK063"])),
        ("12.1", "580.65.06", "2.13.0", "cu130", (True, [])),
        # Newer than all code: the driver compiles the PTX, when it is as new as the toolkit.
        ("13.0", "580.65.06", "2.13.0", "cu130", (True, [])),
        ("13.0", "580.65.06", "2.13.0", "cu132", (False, ["STK063"])),
        ("13.0", "595.45.04", "2.13.0", "cu132", (True, [])),
        (None, "580.65.06", "2.13.0", "cu130", (True, [])),
        ("8.9", None, "2.13.0", "cu130", (True, [])),
        ("8.9", "odd", "2.13.0", "cu130", (True, [])),
        ("8.9", "580.65.06", "2.13.0", "cpu", (False, ["STK060"])),
        ("8.9", "580.65.06", "2.4.0", "cu132", (False, ["STK061"])),
    ],
)
def test_both_ends(capability, driver, version, build, expected):
    assert judged(capability, driver, version, build) == expected


def test_windows_has_drivers_of_its_own_and_no_ptx():
    assert judged("8.9", "527.41", "2.13.0", "cu126", os_family="windows") == (True, [])
    assert judged("8.9", "527.41", "2.13.0", "cu126") == (True, [])
    assert judged("13.0", "595.99", "2.13.0", "cu132", os_family="windows")[0] is False


def test_aarch64_has_architectures_of_its_own():
    assert judged("7.5", "580.65.06", "2.13.0", "cu130", os_arch="aarch64")[0] is False
    assert judged("9.0", "580.65.06", "2.13.0", "cu130", os_arch="aarch64")[0] is True


def test_a_newer_driver_never_makes_a_working_build_fail():
    drivers = ["450.80.02", "525.60.13", "560.28.03", "580.65.06", "595.45.04", "700.1"]
    for row in framework_table().builds:
        for capability in ("7.0", "8.6", "9.0", "12.0", "13.0"):
            served = [
                judged(capability, driver, str(row.version), row.build)[0] for driver in drivers
            ]
            assert served == sorted(served), (row.build, capability)
