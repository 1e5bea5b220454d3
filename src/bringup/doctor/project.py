"""What a project asks of a machine: of its locked targets, the one that fits best."""

from __future__ import annotations

from pathlib import Path

from bringup.base.errors import BringupError
from bringup.doctor.wants import Wants
from bringup.environment.refuse import misfits
from bringup.machine.model import Machine
from bringup.stack.lock import locked_packages
from bringup.stack.lock_file import REST, TargetLock, read_lock

_TRAIN = "train"
_AUTO = "auto"


def wants_of(folder: Path, machine: Machine, *, accelerator: str = _AUTO) -> Wants | None:
    """Return what the project's lock asks for, None when there is no lock yet.

    A machine that no target fits is judged by the one that it misses least, so that the findings
    say what is wrong with the machine rather than that nothing fits.

    Args:
        folder: the project's folder.
        machine: the machine that is judged.
        accelerator: ``[environment].accelerator``: a target of another build counts only when
            there is no other.

    Raises:
        BringupError: STK056, STK072, STK073: the lock cannot be read.
    """
    path = folder / REST
    if not path.is_file():
        return None
    targets = read_lock(path).targets
    if not targets:
        return None
    best = min(targets, key=lambda row: _distance(row, machine, accelerator))
    return Wants.of(best, _packages(folder, best))


def _distance(
    target: TargetLock, machine: Machine, accelerator: str
) -> tuple[bool, bool, bool, int]:
    faults = misfits(target, machine)
    vendors = {gpu.vendor for gpu in machine.gpus}
    return (
        any(fault.code == "ENV001" for fault in faults),
        accelerator not in {_AUTO, target.build, target.requested},
        # With a GPU here, the target for it is what the project is about, fit or not.
        (target.gpu is None) == bool(vendors)
        if target.gpu is None
        else target.gpu.vendor not in vendors,
        len(faults),
    )


def _packages(folder: Path, target: TargetLock) -> dict[str, str]:
    file = target.files.get(_TRAIN)
    try:
        return {} if file is None else locked_packages(folder / file.name)
    except BringupError:
        # A lock whose file is gone still says much; `bringup lock` tells what is missing.
        return {}
