"""Hold a locked target against a machine, and name every fact that fails.

A fact that nobody could find out refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from bringup.base.errors import BringupError
from bringup.machine.model import Gpu, Interpreter, Machine
from bringup.stack.lock_file import GpuRange, TargetLock
from bringup.stack.targets import Platform

_NONE: Final = "none"


def misfits(target: TargetLock, machine: Machine) -> list[BringupError]:
    """Return one error per fact of the machine that the target cannot do with.

    ENV001 system, processor or C library; ENV002 its version; ENV020 driver; ENV021 no such GPU;
    ENV022 to ENV024 the GPU's generation; ENV025 Python. Each says what was expected, what was
    found, and what to type next.
    """
    return [
        *_of_platform(target, machine),
        *_of_gpus(target, machine),
        *_of_python(target, machine),
    ]


def interpreter_for(target: TargetLock, machine: Machine) -> Interpreter | None:
    """Return the first Python of the machine that runs the locked wheels."""
    limits = SpecifierSet(target.python)
    return next((row for row in _cpythons(machine) if _within(row.version, limits)), None)


def command_adding(names: list[str], build: str, machine: Machine) -> str:
    """Return the command that keeps targets and adds one for this machine."""
    platform = Platform(machine.os or "linux", machine.arch or "x86_64", machine.libc)
    words = [f"--target {name}" for name in (*names, f"{build}@{platform.name}")]
    return f"bringup lock {' '.join(words)}"


def _of_platform(target: TargetLock, machine: Machine) -> Iterator[BringupError]:
    command = command_adding([target.name], "cpu" if target.gpu else target.build, machine)
    rows = (
        ("os", target.os, machine.os),
        ("arch", target.arch, machine.arch),
        ("libc", target.libc, machine.libc),
    )
    wrong = [row for row in rows if None not in row and row[1] != row[2]]
    for fact, wanted, found in wrong:
        params = {"fact": fact, "wanted": wanted, "found": found, "command": command}
        yield BringupError("ENV001", target=target.name, **params)
    floor = target.platform_floor
    # On another system the number would be compared with that of something else.
    if floor is None or wrong:
        return
    name, version = (
        ("macOS", machine.value("os.version"))
        if machine.os == "macos"
        else (machine.libc, machine.libc_version)
    )
    if version is not None and _older(str(version), floor):
        params = {"name": name, "wanted": floor, "found": version}
        yield BringupError("ENV002", target=target.name, **params)


def _of_gpus(target: TargetLock, machine: Machine) -> Iterator[BringupError]:
    wanted = target.gpu
    if wanted is None or not wanted.required:
        return
    command = command_adding([target.name], "cpu", machine)
    gpus = [gpu for gpu in machine.gpus if gpu.vendor == wanted.vendor]
    if machine.value("gpu.devices") is not None and not gpus:
        found = ", ".join(dict.fromkeys(gpu.name for gpu in machine.gpus)) or _NONE
        params = {"vendor": wanted.vendor, "found": found, "command": command}
        yield BringupError("ENV021", target=target.name, **params)
    if wanted.vendor != "nvidia":
        return
    driver, oldest = _driver(machine), target.driver_floor
    if oldest is not None and driver is not None and (driver == _NONE or _older(driver, oldest)):
        params = {"wanted": oldest, "found": driver, "command": command}
        yield BringupError("ENV020", target=target.name, **params)
    faults = [_of_generation(target, wanted, gpu, machine) for gpu in gpus]
    # One GPU that the build serves is enough to work with; verify names the others.
    if faults and all(fault is not None for fault in faults):
        unique = {str(fault): fault for fault in faults if fault is not None}
        yield from unique.values()


def _of_generation(
    target: TargetLock, wanted: GpuRange, gpu: Gpu, machine: Machine
) -> BringupError | None:
    capability = gpu.compute_capability
    if capability is None or wanted.floor is None or wanted.ceiling is None:
        return None
    device = Version(capability)
    archs = [Version(arch) for arch in wanted.archs]
    # CUDA runs code of the same major version with the same or a lower minor version.
    if any(arch.major == device.major and arch.minor <= device.minor for arch in archs):
        return None
    if _compiles_itself(device, wanted, machine):
        return None
    code = "ENV024"
    if device < archs[0]:
        code = "ENV022"
    elif device > archs[-1]:
        code = "ENV023"
    return BringupError(
        code,
        target=target.name,
        gpu=gpu.name,
        capability=capability,
        floor=wanted.floor,
        ceiling=wanted.ceiling,
    )


def _compiles_itself(device: Version, wanted: GpuRange, machine: Machine) -> bool:
    """Say whether the driver can compile the build's PTX for a GPU newer than its code."""
    if wanted.ptx is None or device < Version(wanted.ptx):
        return False
    driver = machine.nvidia_driver
    return not (driver and wanted.ptx_driver and _older(driver, wanted.ptx_driver))


def _of_python(target: TargetLock, machine: Machine) -> Iterator[BringupError]:
    if machine.value("python.interpreters") is None:
        return
    try:
        limits = SpecifierSet(target.python)
    except InvalidSpecifier as error:
        raise BringupError("STK056", path="bringup.lock", reason=error) from error
    versions = [row.version for row in _cpythons(machine)]
    if not any(_within(version, limits) for version in versions):
        found = ", ".join(dict.fromkeys(versions)) or _NONE
        minor = target.python.removeprefix(">=").partition(",")[0]
        params = {"wanted": target.python, "found": found, "minor": minor}
        yield BringupError("ENV025", target=target.name, **params)


def _cpythons(machine: Machine) -> list[Interpreter]:
    return [row for row in machine.interpreters if row.implementation == "cpython"]


def _driver(machine: Machine) -> str | None:
    """Return the driver's version, ``none`` when there is surely none, None when nobody knows."""
    fact = machine.facts.get("gpu.nvidia_driver")
    if fact is None or fact.unknown is not None:
        return None
    return machine.nvidia_driver or _NONE


def _within(version: str, limits: SpecifierSet) -> bool:
    try:
        return limits.contains(version)
    except InvalidVersion:
        return False


def _older(version: str, floor: str) -> bool:
    try:
        return Version(version) < Version(floor)
    except InvalidVersion:
        return False
