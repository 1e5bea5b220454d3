"""What was observed overrides what the tables say, on this machine; the difference is told."""

from dataclasses import replace
from pathlib import Path

import pytest
from packaging.version import Version
from stack_fixtures import make_machine

from bringup.base.messages import choose_language
from bringup.environment.observations import Observation
from bringup.environment.table_faults import corrected_table, table_faults
from bringup.knowledge.frameworks import framework_table
from bringup.machine import load_machine
from bringup.stack.fit import fit_of

MACHINES = Path(__file__).parents[1] / "machines"
L4 = {"vendor": "nvidia", "name": "L4", "compute_capability": "8.9"}
B300 = {"vendor": "nvidia", "name": "B300", "compute_capability": "10.3"}
NO_KERNEL = "no kernel image is available for execution on the device"


@pytest.fixture(autouse=True)
def english():
    choose_language("en")


def seen(machine, version, build, *, works, gpu=0):
    device = machine.gpus[gpu]
    detail = "torch.matmul:cuda:0" if works else f"torch.matmul:cuda:0: {NO_KERNEL}"
    subject = ("torch", version, build, device.name, device.compute_capability)
    return Observation(*subject, machine.nvidia_driver, works, detail, "2026-11-24T10:00:00Z")


def serves(machine, version, build, table):
    return [gpu.name for gpu in fit_of(machine, Version(version), build, table).served]


def test_where_both_agree_nothing_is_at_fault():
    v100 = load_machine(MACHINES / "v100-driver580.json")
    rows = [
        seen(v100, "2.11.0", "cu126", works=True),
        seen(v100, "2.11.0", "cu128", works=False),
    ]
    assert table_faults(v100, rows, framework_table()) == ()
    assert corrected_table(framework_table(), v100, rows) == framework_table()


def test_a_build_that_fails_where_the_tables_say_that_it_works():
    v100, table = load_machine(MACHINES / "v100-driver580.json"), framework_table()
    row = seen(v100, "2.11.0", "cu126", works=False)
    (fault,) = table_faults(v100, [row], table)
    assert fault.to_json() == {
        "package": "torch",
        "version": "2.11.0",
        "build": "cu126",
        "device": "Tesla V100-SXM2-32GB",
        "capability": "7.0",
        "table_says": "works",
        "observed": f"torch.matmul:cuda:0: {NO_KERNEL}",
    }
    assert not fault.works
    corrected = corrected_table(table, v100, [row])
    assert serves(v100, "2.11.0", "cu126", table)
    assert not serves(v100, "2.11.0", "cu126", corrected)
    # An older release was not observed, and other GPUs have their own say.
    assert serves(v100, "2.9.1", "cu126", corrected)
    other = make_machine(gpus=[L4], driver="580.65.06")
    assert serves(other, "2.11.0", "cu126", corrected)


def test_a_build_that_works_where_the_tables_say_that_it_cannot():
    v100, table = load_machine(MACHINES / "v100-driver580.json"), framework_table()
    row = seen(v100, "2.11.0", "cu128", works=True)
    (fault,) = table_faults(v100, [row], table)
    assert fault.works
    assert "7.0" in fault.table_says
    corrected = corrected_table(table, v100, [row])
    assert {*serves(v100, "2.11.0", "cu128", corrected)} == {"Tesla V100-SXM2-32GB"}


def test_a_driver_that_is_older_than_the_tables_want_but_runs_the_build():
    machine = load_machine(MACHINES / "rtx4090-driver535.json")
    table = framework_table()
    assert not serves(machine, "2.11.0", "cu130", table)
    row = seen(machine, "2.11.0", "cu130", works=True)
    (fault,) = table_faults(machine, [row], table)
    assert "535" in fault.table_says
    assert serves(machine, "2.11.0", "cu130", corrected_table(table, machine, [row]))


def test_a_driver_that_is_too_old_for_all_builds_of_its_family():
    machine, table = make_machine(gpus=[L4], driver="580.65.06"), framework_table()
    too_old = "RuntimeError: The NVIDIA driver on your system is too old (found version 11040)"
    row = replace(seen(machine, "2.11.0", "cu130", works=False), detail=too_old)
    assert table_faults(machine, [row], table)
    corrected = corrected_table(table, machine, [row])
    for version in ("2.10.0", "2.11.0", "2.13.0"):
        (note,) = fit_of(machine, Version(version), "cu130", corrected).misfits
        assert "580.65.07" in note.text
    assert serves(machine, "2.11.0", "cu126", corrected) == ["L4"]
    newer = make_machine(gpus=[L4], driver="580.82.07")
    assert serves(newer, "2.11.0", "cu130", corrected) == ["L4"]


def test_code_that_the_driver_should_compile_itself_but_does_not():
    machine, table = make_machine(gpus=[B300], driver="590.1"), framework_table()
    versions = [row.version for row in table.builds if row.ptx]
    build = next(row for row in table.builds if row.version == versions[0] and row.ptx)
    device = {**B300, "compute_capability": f"{Version(build.ptx).major + 90}.0"}
    machine = make_machine(gpus=[device], driver="999.1")
    version = str(build.version)
    assert serves(machine, version, build.build, table)
    row = seen(machine, version, build.build, works=False)
    corrected = corrected_table(table, machine, [row])
    assert not serves(machine, version, build.build, corrected)


def test_a_build_without_any_code_left_still_says_why():
    machine, table = make_machine(gpus=[L4], driver="580.65.06"), framework_table()
    build = table.build(Version("2.11.0"), "cu126")
    only = replace(table, builds=(replace(build, archs=("8.0", "8.6"), version=Version("2.11.0")),))
    corrected = corrected_table(only, machine, [seen(machine, "2.11.0", "cu126", works=False)])
    (note,) = fit_of(machine, Version("2.11.0"), "cu126", corrected).misfits
    assert "8.9" in note.text


def test_of_two_gpus_each_has_its_own_say():
    v100 = {"vendor": "nvidia", "name": "V100", "compute_capability": "7.0"}
    machine = make_machine(gpus=[v100, L4], driver="580.65.06")
    rows = [
        seen(machine, "2.11.0", "cu128", works=True, gpu=0),
        seen(machine, "2.11.0", "cu128", works=True, gpu=1),
    ]
    assert [fault.device for fault in table_faults(machine, rows, framework_table())] == ["V100"]


def test_what_the_tables_do_not_know_cannot_be_wrong():
    machine = make_machine(gpus=[L4], driver="580.65.06")
    rows = [
        seen(machine, "2.11.0", "cu999", works=True),
        replace(seen(machine, "2.11.0", "cu126", works=False), package="jax"),
        replace(seen(machine, "2.11.0", "cu126", works=False), driver="1.0"),
    ]
    assert table_faults(machine, rows, framework_table()) == ()


def test_the_text_to_paste_has_all_that_a_reader_needs():
    machine = load_machine(MACHINES / "v100-driver580.json")
    row = seen(machine, "2.11.0", "cu126", works=False)
    (fault,) = table_faults(machine, [row], framework_table())
    text = fault.report(machine, framework_table())
    for part in ("torch 2.11.0", "cu126", "V100", "7.0", "580.65.06", "linux x86_64", NO_KERNEL):
        assert part in text
    assert framework_table().checked.isoformat() in text
