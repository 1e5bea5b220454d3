"""What a lock is for: a build, and a platform and a Python where they are not this machine's.

Written ``cpu``, ``cu130@linux-aarch64``, ``cpu@macos-arm64``, ``cpu@linux-x86_64-py3.12``, or
``auto``: whatever suits the machine at hand.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from bringup.base.errors import BringupError
from bringup.machine.model import Fact, Interpreter, Machine
from bringup.project.model import TARGET_FORM

AUTO: Final = "auto"
GLIBC: Final = "2.28"
"""The glibc that a lock for another Linux may ask for: manylinux_2_28, which the frameworks use."""
MUSL: Final = "1.2"
MACOS: Final = "14.0"
"""The macOS that a lock for another Mac may ask for: the frameworks' own floor."""
_ARCHES: Final = {"arm64": "aarch64", "amd64": "x86_64"}
_SPOKEN: Final = {("macos", "aarch64"): "arm64", ("windows", "aarch64"): "arm64"}
_LAST_MICRO: Final = 40
"""No minor version of Python had more releases than this."""


@dataclass(frozen=True, slots=True)
class Platform:
    """An operating system, a processor and, on Linux, a C library."""

    os: str
    arch: str
    libc: str | None

    @property
    def name(self) -> str:
        """As people write it: ``linux-x86_64``, ``linux-x86_64-musl``, ``macos-arm64``."""
        arch = _SPOKEN.get((self.os, self.arch), self.arch)
        return f"{self.os}-{arch}" + ("-musl" if self.libc == "musl" else "")


@dataclass(frozen=True, slots=True)
class LockTarget:
    """One target of a lock."""

    build: str
    """``cpu``, ``cu130``, ...; ``auto`` until it is chosen."""
    platform: Platform | None = None
    """None: this machine's."""
    python: str | None = None
    """Minor version, "3.12"; None: the first of this machine that the project allows."""

    @property
    def name(self) -> str:
        """As people write it; equal targets have equal names."""
        place = self.platform.name if self.platform is not None else ""
        python = f"py{self.python}" if self.python is not None else ""
        where = "-".join(filter(None, (place, python)))
        return f"{self.build}@{where}" if where else self.build

    @property
    def place(self) -> str:
        """Platform and Python as a part of a file name; empty for this machine's own."""
        python = f"py{self.python.replace('.', '')}" if self.python is not None else ""
        return "-".join(filter(None, (self.platform.name if self.platform else "", python)))

    @property
    def train_lock(self) -> str:
        """File name of the training environment's lock (PEP 751: one word without a dot)."""
        return pylock_name("-".join(filter(None, (self.build, self.place))))


def pylock_name(name: str) -> str:
    """Return the file name of a lock: ``pylock.<name>.toml``, where PEP 751 takes no dot."""
    return f"pylock.{name.replace('.', '_')}.toml"


def parse_target(text: str) -> LockTarget:
    """Read a target.

    Raises:
        BringupError: STK070, it has not the form of one.
    """
    if not re.match(TARGET_FORM, text):
        raise BringupError("STK070", target=text)
    build, _, where = text.partition("@")
    place, python = where, None
    if match := re.search(r"(?:^|-)py(3\.\d+)$", where):
        place, python = where[: match.start()], match[1]
    return LockTarget(build, _platform(place) if place else None, python)


def parse_targets(texts: Sequence[str]) -> list[LockTarget]:
    """Read targets; one that is named twice counts once.

    Raises:
        BringupError: STK070.
    """
    return list({target.name: target for target in map(parse_target, texts)}.values())


def machine_of_target(target: LockTarget, machine: Machine, python: str) -> Machine:
    """Return the machine that a target stands for: this one, with the facts that it changes.

    Args:
        target: the target.
        machine: the machine at hand, for the package indexes and, where the target leaves them
            open, the platform and the Python.
        python: ``[environment].python``.

    Raises:
        BringupError: STK071, the project does not allow the target's Python.
    """
    if target.build == AUTO:
        return machine
    facts: dict[str, object] = {"gpu.devices": _gpus(target), "gpu.nvidia_driver": None}
    if (platform := target.platform) is not None:
        glibc = platform.libc == "glibc"
        facts |= {
            "os.family": platform.os,
            "os.arch": platform.arch,
            "os.version": MACOS if platform.os == "macos" else None,
            "libc.family": platform.libc,
            "libc.version": (GLIBC if glibc else MUSL) if platform.libc else None,
        }
    if target.python is not None:
        facts["python.interpreters"] = [_interpreter(target, machine, python)]
    rows = {key: Fact(value, f"target {target.name}") for key, value in facts.items()}
    return machine.with_facts(rows)


def python_floor(version: str, specifier: str) -> str:
    """Return the oldest release of a minor version that a specifier allows, "3.11" for its first.

    A lock is resolved for it, so that each release from there on can use the lock.
    """
    minor = ".".join(version.split(".")[:2])
    try:
        limits = SpecifierSet(specifier)
    except InvalidSpecifier:
        return version
    if limits.contains(f"{minor}.0"):
        return minor
    allowed = (f"{minor}.{micro}" for micro in range(1, _LAST_MICRO))
    return next((text for text in allowed if limits.contains(text)), version)


def _platform(name: str) -> Platform:
    system, arch, *libc = name.split("-")
    family = (libc[0] if libc else "glibc") if system == "linux" else None
    return Platform(system, _ARCHES.get(arch, arch), family)


def _gpus(target: LockTarget) -> list[dict[str, str]]:
    # Only Apple's builds are told from others by the GPU; the others are told by their name.
    return [{"vendor": "apple", "name": "Apple GPU"}] if target.build == "mps" else []


def _interpreter(target: LockTarget, machine: Machine, specifier: str) -> dict[str, str]:
    minor = target.python or ""
    if not any(
        SpecifierSet(specifier).contains(f"{minor}.{micro}") for micro in range(_LAST_MICRO)
    ):
        raise BringupError("STK071", target=target.name, python=minor, specifier=specifier)
    here: list[Interpreter] = [
        row
        for row in machine.interpreters
        if row.implementation == "cpython" and row.version.split(".")[:2] == minor.split(".")
    ]
    if here and target.platform is None:
        return {"path": here[0].path, "version": here[0].version}
    floor = python_floor(minor, specifier)
    version = floor if floor.count(".") == 2 else f"{floor}.0"
    return {"path": f"python{minor}", "version": version}
