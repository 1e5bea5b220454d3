"""Locked targets, and whole machines of the museum."""

from dataclasses import replace
from pathlib import Path

from bringup.machine import Fact, load_machine
from bringup.stack.lock_file import GpuRange, LockedFile, TargetLock

MACHINES = Path(__file__).parents[1] / "machines"
FILES = {"train": LockedFile("pylock.x.toml", "0" * 64)}
CPU = TargetLock(
    "cpu", "cpu", "cpu", ">=3.11,<3.12", "linux", "x86_64", "glibc", FILES, platform_floor="2.28"
)
CU130 = replace(
    CPU,
    name="cu130",
    build="cu130",
    requested="cu130",
    driver_floor="580.65.06",
    gpu=GpuRange("nvidia", True, ("7.5", "8.0", "8.6", "9.0", "10.0", "12.0"), "12.0", "580.65.06"),
)
CU126 = replace(
    CU130,
    name="cu126",
    build="cu126",
    requested="cu126",
    driver_floor="525.60.13",
    gpu=GpuRange("nvidia", True, ("5.0", "6.0", "7.0", "7.5", "8.0", "8.6", "9.0")),
)
ROCM = replace(CPU, name="rocm7.2", build="rocm7.2", gpu=GpuRange("amd"))


def machine(name, **facts):
    """Return a recorded machine, with some facts replaced (``os__arch="x"``)."""
    rows = {key.replace("__", ".", 1): Fact(value, "test") for key, value in facts.items()}
    return load_machine(MACHINES / f"{name}.json").with_facts(rows)
