"""A case: the machine, what the project asks of it, and other machines to hold it against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from bringup.doctor.wants import Wants
from bringup.machine.model import Gpu, Machine

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """What the rules judge. A rule takes nothing else: no files, no commands, no clock."""

    machine: Machine
    wants: Wants | None = None
    """What the project's lock asks for; None without a project or a lock."""
    folder: Path | None = None
    """The project's folder."""
    peers: tuple[Machine, ...] = ()
    """Other machines of the same job."""

    def known(self, key: str) -> bool:
        """Say whether the fact was found out, be it that the thing is absent."""
        fact = self.machine.facts.get(key)
        return fact is not None and fact.unknown is None

    def value(self, key: str) -> Any:
        """Return a fact's value, None when it is unknown or the thing is absent."""
        return self.machine.value(key)

    def text(self, key: str) -> str | None:
        """Return a fact as text, None when it is unknown or absent."""
        value = self.value(key)
        return None if value is None else str(value)

    def number(self, key: str) -> float | None:
        """Return a number, None when it is unknown or absent."""
        value = self.value(key)
        return None if value is None else float(value)

    def records(self, key: str) -> tuple[Record, ...]:
        """Return the rows of a fact that is a list of objects, none when it is unknown."""
        return tuple(self.value(key) or ())

    @cached_property
    def packages(self) -> Mapping[str, str]:
        """Installed packages of the environment that is judged: normalised name -> version."""
        return {str(row["name"]): str(row["version"]) for row in self.records("env.packages")}

    @cached_property
    def variables(self) -> Mapping[str, str]:
        """Environment variables that change how programs run."""
        return {str(row["name"]): str(row["value"]) for row in self.records("variables.set")}

    @property
    def nvidia_gpus(self) -> tuple[Gpu, ...]:
        """The NVIDIA GPUs that programs are given here."""
        return tuple(gpu for gpu in self.machine.gpus if gpu.vendor == "nvidia")

    @property
    def nvidia_on_bus(self) -> bool:
        """Whether an NVIDIA GPU is in this machine, usable or not."""
        on_bus = any(row.get("vendor") == "nvidia" for row in self.records("driver.pci_gpus"))
        return on_bus or bool(self.nvidia_gpus)

    @property
    def in_container(self) -> bool:
        """Whether we are inside a container."""
        return self.value("surroundings.container") is not None

    @property
    def in_wsl(self) -> bool:
        """Whether we are inside WSL."""
        return self.value("surroundings.wsl") is not None

    @property
    def linux(self) -> bool:
        """Whether this is Linux, WSL included."""
        return self.machine.os == "linux"
