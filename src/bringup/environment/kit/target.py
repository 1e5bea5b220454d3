"""What a kit is made for: a build, a platform, a Python; as ``bringup.lock`` says."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.tags import Tag

from bringup.base.errors import BringupError
from bringup.machine.model import Fact, Interpreter, Machine
from bringup.stack.platforms import ranked_wheel_tags
from bringup.stack.requirements import marker_values


@dataclass(frozen=True, slots=True)
class Target:
    """The machines that a kit is for. What the lock does not say is None."""

    name: str
    """The build, ``cpu`` or ``cu130``."""
    os: str | None
    arch: str | None
    libc: str | None
    libc_floor: str | None
    """The oldest glibc that the locked wheels run on."""
    python: Interpreter
    """Its path is that of this machine, where it may not exist."""

    @property
    def python_minor(self) -> str:
        """For example "3.11"."""
        return ".".join(self.python.version.split(".")[:2])

    def is_here(self, machine: Machine) -> bool:
        """Say whether ``machine`` is of the target's platform: what it builds runs there."""
        here = (machine.os, machine.arch, machine.libc)
        return here == (self.os, self.arch, self.libc) and Path(self.python.path).is_file()

    def as_machine(self, machine: Machine) -> Machine:
        """Return ``machine`` with the target's platform and the oldest libc that it allows."""
        facts = {
            "os.family": self.os,
            "os.arch": self.arch,
            "libc.family": self.libc,
            "libc.version": self.libc_floor or machine.libc_version,
        }
        return machine.with_facts({key: Fact(value, "lock") for key, value in facts.items()})

    def tags(self, machine: Machine) -> tuple[Tag, ...]:
        """Return the tags of the wheels that all machines of the target take, best first."""
        return ranked_wheel_tags(self.as_machine(machine), self.python)

    def markers(self, machine: Machine) -> dict[str, str]:
        """Return the environment of markers."""
        return marker_values(self.as_machine(machine), self.python)


def read_target(rest: Path, *, name: str, python: Interpreter) -> Target:
    """Read from ``bringup.lock`` what a kit is for.

    Args:
        rest: the lock file.
        name: the build.
        python: the interpreter that was locked for.

    Raises:
        BringupError: STK056, it is no lock.
    """
    try:
        document: dict[str, Any] = tomllib.loads(rest.read_text(encoding="utf-8"))
        platform = dict(document.get("platform", {}))
    except (OSError, ValueError, TypeError) as error:
        raise BringupError("STK056", path=rest, reason=error) from error
    return Target(
        name,
        platform.get("os"),
        platform.get("arch"),
        platform.get("libc"),
        document.get("libc_floor"),
        python,
    )
