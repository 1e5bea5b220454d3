"""What a project's lock asks of the machine, as the rules see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

from bringup.stack.lock_file import GpuRange, TargetLock


@dataclass(frozen=True, slots=True)
class Wants:
    """One locked target: the one that suits this machine best, or would if it fitted."""

    target: str
    build: str
    """cpu, cu128, rocm6.4, ..."""
    python: str
    """Version specifier."""
    driver_floor: str | None = None
    libc: str | None = None
    platform_floor: str | None = None
    """The oldest libc (or macOS) that the wheels run on."""
    gpu: GpuRange | None = None
    packages: Mapping[str, str] = field(default_factory=dict)
    """Normalised name -> locked version, local part included."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "packages", MappingProxyType(dict(self.packages)))

    @classmethod
    def of(cls, target: TargetLock, packages: Mapping[str, str]) -> Self:
        """Return what a locked target asks for; ``packages`` are those of its train file."""
        return cls(
            target=target.name,
            build=target.build,
            python=target.python,
            driver_floor=target.driver_floor,
            libc=target.libc,
            platform_floor=target.platform_floor,
            gpu=target.gpu,
            packages=packages,
        )

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> Self:
        """Read what ``to_json`` wrote, or a part of it written by hand."""
        gpu = row.get("gpu")
        values = {name: value for name, value in row.items() if name != "gpu"}
        ranges = None if gpu is None else GpuRange(**{**gpu, "archs": tuple(gpu.get("archs", ()))})
        defaults = {"target": row.get("build", "cpu"), "build": "cpu", "python": ">=3.11"}
        return cls(**{**defaults, **values}, gpu=ranges)
