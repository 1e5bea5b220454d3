"""The environment of PEP 508 markers for an interpreter on a machine, which need not be ours."""

from __future__ import annotations

from bringup.machine.model import Interpreter, Machine


def marker_values(machine: Machine, interpreter: Interpreter) -> dict[str, str]:
    """Return the environment of markers for an interpreter on a machine."""
    system = machine.os or "linux"
    names = {
        "linux": ("linux", "Linux", "posix"),
        "macos": ("darwin", "Darwin", "posix"),
        "windows": ("win32", "Windows", "nt"),
    }.get(system, (system, system.capitalize(), "posix"))
    arch = machine.arch or "x86_64"
    spoken = {("macos", "aarch64"): "arm64", ("windows", "x86_64"): "AMD64"}
    return {
        "python_version": ".".join(interpreter.version.split(".")[:2]),
        "python_full_version": interpreter.version,
        "implementation_name": interpreter.implementation,
        "sys_platform": names[0],
        "platform_system": names[1],
        "os_name": names[2],
        "platform_machine": spoken.get((system, arch), arch),
        "extra": "",
    }
