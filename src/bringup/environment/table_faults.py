"""Where what was observed and what the tables say differ: what was observed holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from packaging.version import Version

from bringup import __version__
from bringup.base.messages import text_of
from bringup.environment.observations import Observation, read_observations
from bringup.knowledge.frameworks import Build, FrameworkTable, cuda_major, framework_table
from bringup.machine.model import Fact, Gpu, Machine
from bringup.stack.fit import fit_of
from bringup.stack.model import Note

_DRIVER_TOO_OLD: Final = ("driver on your system is too old", "driver version is insufficient")


@dataclass(frozen=True, slots=True)
class TableFault:
    """A build of which the tables say one thing, while this machine shows another."""

    package: str
    version: str
    build: str
    device: str
    capability: str | None
    table_says: str
    """``works``, or why it should not."""
    observed: str
    """``works``, or what failed."""

    @property
    def works(self) -> bool:
        """Whether it works, against what the tables say."""
        return self.observed == "works"

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self)

    def report(self, machine: Machine, table: FrameworkTable) -> str:
        """Return the fault as a text to paste into a report."""
        system = [machine.os, machine.arch, machine.libc, machine.libc_version]
        return text_of(
            "VER022",
            **{**asdict(self), "capability": self.capability or "?"},
            bringup=__version__,
            driver=machine.nvidia_driver or "?",
            system=" ".join(part for part in system if part),
            checked=table.checked.isoformat(),
        )


def table_faults(
    machine: Machine, observations: Iterable[Observation], table: FrameworkTable
) -> tuple[TableFault, ...]:
    """Return the observations of this machine that say other than the tables.

    Where the tables know nothing of a build, nothing can differ.
    """
    found = {}
    for row in observations:
        if row.package != "torch" or not row.holds_on(machine):
            continue
        says = _table_says(machine, row, table)
        if says is None or (says == "works") == row.works:
            continue
        observed = "works" if row.works else row.detail
        build = (row.package, row.version, row.build)
        found[row.subject] = TableFault(*build, row.device, row.capability, says, observed)
    return tuple(found.values())


def corrected_table(
    table: FrameworkTable, machine: Machine, observations: Iterable[Observation]
) -> FrameworkTable:
    """Return the table as this machine has shown it to be."""
    rows = tuple(observations)
    for row in rows:
        if table_faults(machine, [row], table):
            table = _corrected(table, machine, row)
    return table


def observed_table(machine: Machine, state_folder: Path) -> FrameworkTable:
    """Return what is known of builds on this machine: the tables, and what was observed here."""
    return corrected_table(framework_table(), machine, read_observations(state_folder))


def known_faults(machine: Machine, state_folder: Path) -> list[list[Any]]:
    """Return in which builds and devices the tables are wrong here, as a part of lock's key.

    What exactly failed is left out: its words may differ from one run to the next.
    """
    rows = read_observations(state_folder)
    if not rows:
        return []
    faults = table_faults(machine, rows, framework_table())
    return [
        [row.package, row.version, row.build, row.device, row.capability, row.works]
        for row in faults
    ]


def _table_says(machine: Machine, row: Observation, table: FrameworkTable) -> str | None:
    version = Version(row.version)
    if table.build(version, row.build) is None:
        return None
    fit = fit_of(_only(machine, row), version, row.build, table)
    return "works" if fit.served else _reason(fit.misfits)


def _reason(misfits: tuple[Note, ...]) -> str | None:
    return misfits[0].text if misfits else None


def _only(machine: Machine, row: Observation) -> Machine:
    """Return the machine with the observed GPU alone: others have their own say."""
    gpu = Gpu("nvidia", row.device, compute_capability=row.capability)
    devices = Fact([asdict(gpu)], "observations.json")
    return machine.with_facts({"gpu.devices": devices})


def _corrected(table: FrameworkTable, machine: Machine, row: Observation) -> FrameworkTable:
    version = Version(row.version)
    build = table.build(version, row.build)
    if not row.works and any(word in row.detail for word in _DRIVER_TOO_OLD):
        # All builds of the CUDA family ask for that driver, whatever their release.
        return _asking_for(table, row, _next_driver(row.driver or "0"))
    if row.works and _is_older(row.driver, table.min_driver(row.build)):
        table = _asking_for(table, row, row.driver or "0")
    if build is None or row.capability is None:
        return table
    made = replace(build, version=version)
    made = _with(made, row.capability) if row.works else _without(made, row.capability)
    others = (old for old in table.builds if (old.version, old.build) != (version, row.build))
    builds = sorted((made, *others), key=lambda old: old.version, reverse=True)
    return replace(table, builds=tuple(builds))


def _with(build: Build, capability: str) -> Build:
    arm = (*build.archs_aarch64, capability) if build.archs_aarch64 else ()
    return replace(build, archs=(*build.archs, capability), archs_aarch64=arm)


def _without(build: Build, capability: str) -> Build:
    device = Version(capability)

    def other(arch: str) -> bool:
        code = Version(arch)
        return code.major != device.major or code.minor > device.minor

    ptx = build.ptx if build.ptx and Version(build.ptx) > device else None
    # A build without any code would say nothing of its floor: the next higher one stands for it.
    above = (f"{device.major}.{device.minor + 1}",)
    return replace(
        build,
        archs=tuple(filter(other, build.archs)) or above,
        archs_aarch64=tuple(filter(other, build.archs_aarch64))
        or (above if build.archs_aarch64 else ()),
        ptx=ptx,
    )


def _asking_for(table: FrameworkTable, row: Observation, driver: str) -> FrameworkTable:
    """Return the table in which the CUDA family of an observed build asks for a driver."""
    family = table.cuda_families.get(cuda_major(row.build))
    if family is None:
        return table
    asking = replace(family, min_driver_linux=driver, min_driver_windows=driver)
    return replace(table, cuda_families={**table.cuda_families, family.major: asking})


def _is_older(driver: str | None, needed: str | None) -> bool:
    return driver is not None and needed is not None and Version(driver) < Version(needed)


def _next_driver(driver: str) -> str:
    *front, last = driver.split(".")
    return ".".join([*front, str(int(last) + 1).zfill(len(last))])
