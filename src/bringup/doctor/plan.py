"""What would be done about the findings: steps with their privilege, each once, in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bringup.doctor.examine import Examination, Result
from bringup.doctor.steps import Command, Privilege, SetVariable, Step


@dataclass(frozen=True, slots=True)
class Planned:
    """A step and the findings that it is for."""

    step: Step
    codes: tuple[str, ...]

    @property
    def safe(self) -> bool:
        """Whether bringup may do it: in the project or the user's space, and undoable."""
        step = self.step
        if isinstance(step, SetVariable) or step.privilege is Privilege.ROOT:
            return False
        return not isinstance(step, Command) or step.undo is not None


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps against all root findings; those without a plan have words alone."""

    steps: tuple[Planned, ...]
    words: tuple[Result, ...]
    """Findings whose fix cannot be written down as steps."""


def plan_of(examination: Examination) -> Plan:
    """Return the plan. What follows from a root needs no step of its own."""
    roots: Sequence[Result] = examination.roots
    codes: dict[Step, list[str]] = {}
    for row in roots:
        for step in row.found.steps if row.found is not None else ():
            codes.setdefault(step, []).append(row.rule.code)
    # A reboot comes after all that it shall bring into force.
    ordered = sorted(codes, key=lambda step: isinstance(step, Command) and step.reboot)
    return Plan(
        tuple(Planned(step, tuple(codes[step])) for step in ordered),
        tuple(row for row in roots if row.found is not None and not row.found.steps),
    )
