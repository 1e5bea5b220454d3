"""Wheel tags of a target: an interpreter on a machine, which need not be ours."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from packaging import tags
from packaging.tags import Tag
from packaging.version import InvalidVersion, Version

from bringup.machine.model import Interpreter, Machine

_LEGACY = {17: "manylinux2014", 12: "manylinux2010", 5: "manylinux1"}
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


def python_arguments(machine: Machine, interpreter: Interpreter) -> list[str]:
    """Return what tells uv to resolve for this interpreter on this machine.

    The interpreter of a replayed machine is not here: then uv is told its version and platform.
    """
    if Path(interpreter.path).exists():
        return ["--python", interpreter.path]
    arch = machine.arch or "x86_64"
    if machine.os == "macos":
        platform = f"{arch}-apple-darwin"
    elif machine.os == "windows":
        platform = f"{arch}-pc-windows-msvc"
    else:
        platform = f"{arch}-unknown-linux-{'musl' if machine.libc == 'musl' else 'gnu'}"
    here = ["--python", sys.executable]
    return [*here, "--python-version", interpreter.version, "--python-platform", platform]


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
    else:
        yield from _linux_platforms(arch, machine.libc, machine.libc_version)


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
