"""The museum: whole healthy machines, on which the doctor finds nothing.

They are probed from tests/machine/recordings, which are composed from documented outputs.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from doctor_cases import healthy_machine

from bringup.doctor.examine import examine
from bringup.doctor.registry import chosen

MACHINES = sorted((Path(__file__).parents[1] / "machines").glob("*.json"))
RULES = chosen()

EXPECTED = {
    # Its release has ended, and nobody builds torch for musl.
    "alpine-musl": {"SYS002", "SYS018"},
    # The pod has the default 64 MiB of shared memory, and 3.5 of 44 cores by quota.
    "container-limits": {"SYS009", "CPU004"},
    # The index's address holds a password.
    "macos-m3": {"NET011"},
    # LD_LIBRARY_PATH holds CUDA 12.2 beside a torch of 12.6.
    "rtx4090-driver535": {"CUDA004"},
}
"""Machine -> the findings that are right about it: what it has is not well, and is meant so."""


def test_there_are_machines_of_all_kinds():
    assert len(MACHINES) >= 34


@pytest.mark.parametrize("path", MACHINES, ids=lambda path: path.stem)
def test_a_healthy_machine_has_no_finding(path):
    examination = examine(healthy_machine(path), RULES)
    assert not [row.reason for row in examination.results if row.crashed]
    found = {row.rule.code: row.message for row in examination.findings}
    expected = EXPECTED.get(path.stem, set())
    assert {code: text for code, text in found.items() if code not in expected} == {}
    # An entry that no longer fires is taken out.
    assert set(found) >= expected
