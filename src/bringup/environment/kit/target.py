"""What a kit is made for: a target of the lock, and the Python that it is made with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packaging.tags import Tag

from bringup.environment.refuse import interpreter_for
from bringup.machine.model import Fact, Interpreter, Machine
from bringup.stack.lock_file import TargetLock
from bringup.stack.markers import marker_values
from bringup.stack.platforms import ranked_wheel_tags


@dataclass(frozen=True, slots=True)
class Target:
    """The machines that a kit is for."""

    lock: TargetLock
    python: Interpreter
    """One of this machine where one fits; else without a path."""

    @property
    def name(self) -> str:
        """The target as people write it, ``cpu`` or ``cu130@linux-aarch64``."""
        return self.lock.name

    @property
    def os(self) -> str | None:
        """``linux``, ``macos`` or ``windows``."""
        return self.lock.os

    @property
    def arch(self) -> str | None:
        """``x86_64`` or ``aarch64``."""
        return self.lock.arch

    @property
    def libc(self) -> str | None:
        """``glibc`` or ``musl`` on Linux, else None."""
        return self.lock.libc

    @property
    def python_minor(self) -> str:
        """For example "3.11"."""
        return ".".join(self.python.version.split(".")[:2])

    def is_here(self, machine: Machine) -> bool:
        """Say whether ``machine`` is of the target's platform: what it builds runs there."""
        here = (machine.os, machine.arch, machine.libc)
        return here == (self.os, self.arch, self.libc) and Path(self.python.path).is_file()

    def as_machine(self, machine: Machine) -> Machine:
        """Return ``machine`` with the target's platform and the oldest system that it allows."""
        floor = self.lock.platform_floor
        facts = {"os.family": self.os, "os.arch": self.arch, "libc.family": self.libc}
        if floor is not None:
            facts["os.version" if self.os == "macos" else "libc.version"] = floor
        return machine.with_facts({key: Fact(value, "lock") for key, value in facts.items()})

    def tags(self, machine: Machine) -> tuple[Tag, ...]:
        """Return the tags of the wheels that all machines of the target take, best first."""
        return ranked_wheel_tags(self.as_machine(machine), self.python)

    def markers(self, machine: Machine) -> dict[str, str]:
        """Return the environment of markers."""
        return marker_values(self.as_machine(machine), self.python)


def target_of(lock: TargetLock, machine: Machine) -> Target:
    """Return what a kit of a locked target is for, with a Python of ``machine`` if one fits."""
    oldest = lock.python.removeprefix(">=").partition(",")[0]
    version = oldest if oldest.count(".") == 2 else f"{oldest}.0"
    return Target(lock, interpreter_for(lock, machine) or Interpreter("", version))
