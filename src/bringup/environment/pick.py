"""Of the targets of a lock, the one that suits a machine; a machine that none suits is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bringup.base.errors import BringupError, ErrorGroup
from bringup.environment.refuse import interpreter_for, misfits
from bringup.knowledge.frameworks import cuda_number
from bringup.machine.model import Interpreter, Machine
from bringup.stack.lock_file import LockFile, TargetLock
from bringup.stack.model import Note

_AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Picked:
    """A target that fits a machine, and the Python there that it is built on."""

    target: TargetLock
    python: Interpreter
    notes: tuple[Note, ...] = ()
    """Why targets for the machine's accelerator were passed over."""


def pick_target(lock: LockFile, machine: Machine, *, accelerator: str = _AUTO) -> Picked:
    """Return the target to make real on a machine: for its accelerator before one for the CPU.

    Args:
        lock: all targets of the project.
        machine: the facts.
        accelerator: ``[environment].accelerator``: another build than this one is not taken.

    Raises:
        ErrorGroup: no target fits: all facts that fail for the nearest one, then a line for each
            other target.
        BringupError: ENV027, the lock has no target of the accelerator asked for.
    """
    named = [row for row in lock.targets if accelerator in {_AUTO, row.build, row.requested}]
    if not named:
        names = ", ".join(row.name for row in lock.targets)
        raise BringupError("ENV027", accelerator=accelerator, targets=names)
    faults = {row.name: misfits(row, machine) for row in named}
    fitting = [row for row in named if not faults[row.name]]
    if not fitting:
        raise _refusal(named, faults)
    best = max(fitting, key=lambda row: _rank(row, machine))
    python = interpreter_for(best, machine)
    if python is None:
        raise BringupError("ENV003", path=f"Python {best.python}")
    return Picked(best, python, tuple(_passed_over(named, best, faults, machine)))


def _rank(target: TargetLock, machine: Machine) -> tuple[bool, bool, int]:
    uses = target.gpu is not None and target.gpu.vendor in {gpu.vendor for gpu in machine.gpus}
    # Without a GPU a plain build comes before one with libraries that nobody can use.
    return (uses, target.gpu is None, cuda_number(target.build))


def _passed_over(
    named: Sequence[TargetLock],
    best: TargetLock,
    faults: dict[str, list[BringupError]],
    machine: Machine,
) -> list[Note]:
    """Return why a target for a GPU that is here was not taken, when the taken one uses none."""
    vendors = {gpu.vendor for gpu in machine.gpus}
    if best.gpu is not None:
        return []
    return [
        Note("ENV030", {"target": row.name, "reason": str(faults[row.name][0])}, warning=True)
        for row in named
        if row.gpu is not None and row.gpu.vendor in vendors and faults[row.name]
    ]


def _refusal(named: Sequence[TargetLock], faults: dict[str, list[BringupError]]) -> ErrorGroup:
    # The nearest has the right system and processor, and then the fewest facts against it.
    def distance(row: TargetLock) -> tuple[int, int]:
        errors = faults[row.name]
        return (sum(error.code == "ENV001" for error in errors), len(errors))

    nearest, *others = sorted(named, key=distance)
    lines = [
        BringupError("ENV026", target=row.name, reason=_brief(faults[row.name])) for row in others
    ]
    return ErrorGroup([*faults[nearest.name], *lines])


def _brief(errors: Sequence[BringupError]) -> str:
    """Return what was wanted and what was found, in few words."""
    return ", ".join(
        f"{error.params.get('wanted') or error.params.get('vendor') or error.params.get('floor')}"
        f" / {error.params.get('found') or error.params.get('capability')}"
        for error in errors
    )
