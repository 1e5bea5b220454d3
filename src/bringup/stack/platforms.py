"""Wheel tags of a target: an interpreter on a machine, which need not be ours."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from packaging import tags
from packaging.tags import Tag
from packaging.version import InvalidVersion, Version

from bringup.machine.model import Interpreter, Machine
from bringup.machine.probes.system import normal_arch
from bringup.machine.world import this_platform

_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
_UV_GLIBC = (17, 28, *range(31, 41))
"""The glibc versions that uv's --python-platform knows."""
_OLDEST_GLIBC = {"x86_64": 5, "aarch64": 17}


def platform_name(machine: Machine) -> str:
    """Return the name that the knowledge tables use: ``linux_x86_64``, ``macos``, ..."""
    system = machine.os or "linux"
    return f"linux_{machine.arch or 'x86_64'}" if system == "linux" else system


def wheel_tags(machine: Machine, interpreter: Interpreter) -> frozenset[Tag]:
    """Return the tags of the wheels that this interpreter can install on this machine."""
    return frozenset(ranked_wheel_tags(machine, interpreter))


def ranked_wheel_tags(machine: Machine, interpreter: Interpreter) -> tuple[Tag, ...]:
    """Return the same tags, those that an installer prefers first."""
    major, minor = (int(part) for part in interpreter.version.split(".")[:2])
    return _wheel_tags((major, minor), tuple(_platforms(machine)))


def python_arguments(machine: Machine, interpreter: Interpreter, floor: str) -> list[str]:
    """Return what tells uv to resolve for this interpreter on this machine.

    Args:
        machine: where the lock is to be used; a replayed or foreign one is described to uv.
        interpreter: the Python there, which need not be here.
        floor: the oldest version that the lock is to serve, "3.11" or "3.11.4".
    """
    is_here = _is_ours(machine) and Path(interpreter.path).exists()
    # uv starts a Python in any case; which one says nothing when version and platform are given.
    python = interpreter.path if is_here else sys.executable
    arguments = ["--python", python, "--python-version", floor]
    return arguments if is_here else [*arguments, "--python-platform", _uv_platform(machine)]


def platform_variables(machine: Machine) -> dict[str, str]:
    """Return the variables that tell uv more of a platform: the version of macOS."""
    version = machine.value("os.version")
    if machine.os != "macos" or not version:
        return {}
    return {"MACOSX_DEPLOYMENT_TARGET": ".".join(map(str, _two_numbers(version, (11, 0))))}


def _is_ours(machine: Machine) -> bool:
    """Say whether a machine is like the one that runs us in what decides about wheels."""
    if machine.os != this_platform() or machine.arch != normal_arch(platform.machine()):
        return False
    if machine.os != "linux":
        return True
    family, version = platform.libc_ver()
    return (machine.libc, machine.libc_version) == (family, version)


def _uv_platform(machine: Machine) -> str:
    arch = machine.arch or "x86_64"
    if machine.os == "macos":
        return f"{arch}-apple-darwin"
    if machine.os == "windows":
        return f"{arch}-pc-windows-msvc"
    if machine.libc == "musl":
        return f"{arch}-unknown-linux-musl"
    _, minor = _two_numbers(machine.libc_version, (2, 28))
    known = [number for number in _UV_GLIBC if number <= minor]
    return f"{arch}-manylinux_2_{max(known, default=_UV_GLIBC[0])}"


@lru_cache(maxsize=64)
def _wheel_tags(version: tuple[int, int], platforms: tuple[str, ...]) -> tuple[Tag, ...]:
    # The ABI is given, since packaging would else ask the process that runs bringup for its own.
    abi = f"cp{version[0]}{version[1]}"
    specific = tags.cpython_tags(version, abis=[abi], platforms=platforms)
    generic = tags.compatible_tags(version, interpreter=abi, platforms=platforms)
    return tuple(dict.fromkeys([*specific, *generic]))


def _platforms(machine: Machine) -> Iterator[str]:
    arch = machine.arch or "x86_64"
    if machine.os == "macos":
        mac_arch = "arm64" if arch == "aarch64" else arch
        yield from tags.mac_platforms(_two_numbers(machine.value("os.version"), (11, 0)), mac_arch)
    elif machine.os == "windows":
        yield "win_arm64" if arch == "aarch64" else "win_amd64"
    elif machine.os in {None, "linux"}:
        yield from _linux_platforms(arch, machine.libc, machine.libc_version)
    else:
        # None at all would be read as "the tags of the process that runs bringup".
        yield f"{machine.os}_{arch}"


def _linux_platforms(arch: str, libc: str | None, version: str | None) -> Iterator[str]:
    if libc == "musl":
        for minor in range(_two_numbers(version, (1, 1))[1], 0, -1):
            yield f"musllinux_1_{minor}_{arch}"
    else:
        # An unknown glibc is taken to be the oldest that wheels are still built for.
        for minor in range(_two_numbers(version, (2, 17))[1], _OLDEST_GLIBC.get(arch, 17) - 1, -1):
            yield f"manylinux_2_{minor}_{arch}"
            if minor in _LEGACY:
                yield f"{_LEGACY[minor]}_{arch}"
    yield f"linux_{arch}"


def _two_numbers(text: object, fallback: tuple[int, int]) -> tuple[int, int]:
    try:
        version = Version(str(text))
    except InvalidVersion:
        return fallback
    return (version.major, version.minor)
