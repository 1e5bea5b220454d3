"""Whole broken machines: many rules may notice, one root cause is told.

They are probed from tests/machine/recordings/broken: healthy recordings with one thing broken.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bringup.doctor.case import Case
from bringup.doctor.examine import examine
from bringup.doctor.registry import chosen
from bringup.doctor.wants import Wants
from bringup.machine import load_machine

BROKEN = Path(__file__).parent / "broken"
RULES = chosen()

ROOTS = {
    "amd-user-not-in-render": "DRV018",
    "container-lost-gpu": "DRV013",
    "container-small-shm": "SYS009",
    "container-without-gpu": "CTR011",
    "cpu-torch-on-gpu-machine": "FRM001",
    "docker-socket-closed": "CTR002",
    "docker-without-gpu-toolkit": "CTR003",
    "driver-too-old-for-lock": "DRV006",
    "driver-upgraded-without-reboot": "DRV003",
    "fabric-manager-stopped": "DRV008",
    "glibc-too-old": "SYS001",
    "gpu-newer-than-torch": "GPU001",
    "kernel-updated-without-module": "DRV002",
    "nouveau-has-the-gpu": "DRV005",
    "numpy2-with-old-torch": "FRM004",
    "secure-boot-rejects-module": "DRV004",
    "tls-interception": "NET003",
    "wsl-with-linux-driver": "DRV015",
}
"""Machine -> the one root of all that is found on it."""

LOCKS = {
    "driver-too-old-for-lock": {
        "build": "cu130",
        "python": ">=3.10",
        "driver_floor": "580.65.06",
        "gpu": {"vendor": "nvidia", "archs": ["7.5", "8.0", "8.6", "9.0", "10.0", "12.0"]},
    },
    "glibc-too-old": {
        "build": "cu126",
        "libc": "glibc",
        "platform_floor": "2.34",
        "driver_floor": "525.60.13",
        "gpu": {"vendor": "nvidia", "archs": ["7.0", "7.5", "8.0", "8.6", "9.0"]},
    },
}
"""Machine -> what its project's lock asks for; the others have no lock."""


def test_every_broken_machine_has_its_root():
    assert set(ROOTS) == {path.stem for path in BROKEN.glob("*.json")}
    assert set(LOCKS) <= set(ROOTS)


@pytest.mark.parametrize("name", ROOTS)
def test_one_root_is_told(name):
    lock = LOCKS.get(name)
    wants = None if lock is None else Wants.from_json(lock)
    examination = examine(Case(load_machine(BROKEN / f"{name}.json"), wants), RULES)
    assert not [row.reason for row in examination.results if row.crashed]
    assert [row.rule.code for row in examination.roots] == [ROOTS[name]]
