"""What was observed on this machine's accelerators, kept beside what the tables say.

``<state>/observations.json`` holds the newest observation of each framework build on each kind of
device and driver. ``read_observations`` is for all who judge a build for this machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.base.files import read_json, write_json
from bringup.environment.expected import Expected
from bringup.environment.verify import Check
from bringup.machine.model import Machine
from bringup.stack.fit import nvidia_gpus

SCHEMA_VERSION: Final = 1
_PROVING: Final = ("matmul", "convolution", "backward", "gradient")
"""Kinds of checks that any build does which has code for the device."""
_OTHER_CAUSES: Final = (
    "out of memory",
    "RESOURCE_EXHAUSTED",
    "SIGKILL",
    "no end within",
    "not run: ",
    "Found no NVIDIA driver",
    "No CUDA GPUs are available",
    "no CUDA-capable device",
    "not compiled with CUDA",
)
"""What a failure says of the moment, or of a GPU that does not reach the process (a container
without it), says nothing of the build."""


@dataclass(frozen=True, slots=True)
class Observation:
    """That a build of a framework worked on a device, or did not."""

    package: str
    version: str
    """Without the build, ``2.13.0``."""
    build: str
    device: str
    """The GPU's name."""
    capability: str | None
    driver: str | None
    works: bool
    detail: str
    """What failed, or which checks passed."""
    seen_at: str
    """ISO 8601, UTC."""

    @property
    def subject(self) -> tuple[Any, ...]:
        """All but the outcome: what a newer observation replaces."""
        build = (self.package, self.version, self.build)
        return (*build, self.device, self.capability, self.driver)

    def holds_on(self, machine: Machine) -> bool:
        """Say whether the machine has the device and the driver that were observed."""
        here = {(gpu.name, gpu.compute_capability) for gpu in nvidia_gpus(machine)}
        return self.driver == machine.nvidia_driver and (self.device, self.capability) in here


def observations_path(state_folder: Path) -> Path:
    """Return where a project keeps its observations."""
    return state_folder / "observations.json"


def read_observations(state_folder: Path) -> tuple[Observation, ...]:
    """Return what a project has observed; nothing when there is no file of this form."""
    try:
        document = read_json(observations_path(state_folder))
        if document["schema_version"] != SCHEMA_VERSION:
            return ()
        return tuple(Observation(**row) for row in document["observations"])
    except (BringupError, OSError, KeyError, TypeError):
        return ()


def keep_observations(state_folder: Path, seen: Iterable[Observation]) -> None:
    """Add observations to those of a project; a newer one replaces that of the same subject."""
    new = tuple(seen)
    if not new:
        return
    kept = {row.subject: row for row in (*read_observations(state_folder), *new)}
    rows = [asdict(row) for row in kept.values()]
    document = {"schema_version": SCHEMA_VERSION, "observations": rows}
    write_json(observations_path(state_folder), document)


def observe(
    machine: Machine, expected: Expected, checks: Sequence[Check]
) -> tuple[Observation, ...]:
    """Return what the checks of a training environment showed of the build on each GPU.

    A check that failed for want of memory, time or the device shows nothing.
    """
    if "torch" not in expected.packages:
        return ()
    by_name = {check.name: check for check in checks}
    imported = by_name.get("torch.import")
    if imported is None or not imported.ok:
        return ()
    version = expected.packages["torch"].partition("+")[0]
    seen_at = datetime.now(UTC).isoformat(timespec="seconds")
    found: dict[tuple[Any, ...], Observation] = {}
    for number, gpu in enumerate(nvidia_gpus(machine)):
        names = [f"torch.{kind}:cuda:{number}" for kind in _PROVING]
        outcome = _outcome([by_name[name] for name in names if name in by_name])
        if outcome is not None:
            works, detail = outcome
            build = ("torch", version, expected.build)
            device = (gpu.name, gpu.compute_capability, machine.nvidia_driver)
            row = Observation(*build, *device, works, detail, seen_at)
            # Of several GPUs of a kind, one that works shows that the build has code for it.
            if works or row.subject not in found:
                found[row.subject] = row
    return tuple(found.values())


def _outcome(rows: Sequence[Check]) -> tuple[bool, str] | None:
    if rows and all(row.ok for row in rows):
        return True, ", ".join(row.name for row in rows)
    telling = [
        row
        for row in rows
        if row.status == "failed" and not any(word in row.detail for word in _OTHER_CAUSES)
    ]
    return (False, f"{telling[0].name}: {telling[0].detail}") if telling else None
