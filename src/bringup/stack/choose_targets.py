"""The stack of each target of a lock; a target that fails is named."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bringup.base.errors import BringupError, UnreachableError
from bringup.base.messages import text_of
from bringup.knowledge.frameworks import FrameworkTable, framework_table
from bringup.machine.model import Machine
from bringup.project.model import LoadedProject
from bringup.stack.choose import choose_stack
from bringup.stack.model import Notify, Stack, silent
from bringup.stack.targets import AUTO, LockTarget, machine_of_target

_FRAMEWORK = "torch"


@dataclass(frozen=True, slots=True)
class Choice:
    """A target with its build chosen, the stack, and the machine that it stands for."""

    target: LockTarget
    stack: Stack
    machine: Machine


class TargetError(BringupError):
    """A fault of one target: the fault's own code and next step, the target before its text."""

    def __init__(self, target: str, error: BringupError) -> None:
        super().__init__(error.code, **error.params)
        self.target = target
        self.exit_code = error.exit_code
        self._error = error

    def __str__(self) -> str:
        return text_of("STK074", target=self.target, reason=str(self._error))

    @property
    def hint(self) -> str | None:
        """The next command to type, or None."""
        return self._error.hint

    def to_json(self) -> dict[str, Any]:
        """Return the error as plain JSON, with the target."""
        return {**super().to_json(), "target": self.target}


@contextlib.contextmanager
def named(target: LockTarget) -> Iterator[None]:
    """Name the target in the faults of a block; the machine at hand needs no name."""
    try:
        yield
    except BringupError as error:
        if target.build == AUTO or isinstance(error, TargetError):
            raise
        raise TargetError(target.name, error) from error


def choose_targets(
    machine: Machine,
    project: LoadedProject,
    targets: Sequence[LockTarget],
    *,
    notify: Notify = silent,
    table: FrameworkTable | None = None,
) -> list[Choice]:
    """Choose the stack of each target. Asks package indexes when the framework is needed.

    Args:
        machine: the machine at hand. Its package indexes serve all targets.
        project: what is wanted.
        targets: what to lock for.
        notify: takes the code and parameters of each reason as it is found.
        table: the knowledge to use instead of the one that ships with bringup.

    Raises:
        UnreachableError: STK076, only the framework's own index may have the build, and it gives
            no answer.
        BringupError: STK071, STK020 to STK026, with the name of the target that fails.
    """
    table = table or framework_table()
    chosen: dict[str, Choice] = {}
    for target in targets:
        with named(target):
            there = machine_of_target(target, machine, project.config.environment.python)
            stack = choose_stack(there, _asking(project, target), notify=notify, table=table)
            _check_build(target, stack, table)
        if target.build == AUTO:
            target = replace(target, build=stack.build)  # noqa: PLW2901 - now it is known
        chosen.setdefault(target.name, Choice(target, stack, there))
    return list(chosen.values())


def _asking(project: LoadedProject, target: LockTarget) -> LoadedProject:
    """Return the project with the target's build asked for."""
    if target.build == AUTO:
        return project
    environment = project.config.environment.model_copy(update={"accelerator": target.build})
    config = project.config.model_copy(update={"environment": environment})
    return LoadedProject(folder=project.folder, config=config)


def _check_build(target: LockTarget, stack: Stack, table: FrameworkTable) -> None:
    """Refuse another build than the target names: for a machine, any build is better than none.

    Raises:
        UnreachableError: STK076; BringupError: STK077.
    """
    if target.build in {AUTO, stack.build}:
        return
    place = table.frameworks[_FRAMEWORK].index_of(target.build)
    for note in stack.reasons:
        if note.code == "STK032" and note.params.get("place") == place:
            reason = note.params.get("reason", "")
            raise UnreachableError("STK076", build=target.build, place=place, reason=reason)
    raise BringupError("STK077", build=target.build, name=_FRAMEWORK, found=stack.build)
