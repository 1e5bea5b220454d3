"""The machine as the question sees it: platform, Python, GPUs with their capabilities, driver."""

from __future__ import annotations

from dataclasses import dataclass, replace

from packaging.version import InvalidVersion, Version

from bringup.knowledge.gpus import KnownGpu, gpu_called
from bringup.machine.model import Gpu, Interpreter, Machine
from bringup.stack.platforms import platform_name


@dataclass(frozen=True, slots=True)
class Device:
    """One GPU. ``capability`` is NVIDIA's, from the facts or else from the table of GPUs."""

    name: str
    vendor: str
    capability: Version | None
    gfx: str | None
    known: KnownGpu | None
    """The table's row, where it was needed."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where packages are to run. What is not known is None and refuses nothing."""

    machine: Machine
    python: Version | None
    devices: tuple[Device, ...]
    driver: Version | None

    @property
    def os(self) -> str:
        """``linux``, ``macos`` or ``windows``."""
        return self.machine.os or "linux"

    @property
    def arch(self) -> str:
        """``x86_64`` or ``aarch64``."""
        return self.machine.arch or "x86_64"

    @property
    def is_musl(self) -> bool:
        """Whether the C library is musl."""
        return self.machine.libc == "musl"

    @property
    def libc_version(self) -> Version | None:
        """The version of the C library."""
        return version_of(self.machine.libc_version)

    @property
    def platform(self) -> str:
        """The name that the tables use: ``linux_x86_64``, ``windows``, ..."""
        return platform_name(self.machine)

    @property
    def shown(self) -> str:
        """The platform for people: "musl x86_64", "Windows x86_64"."""
        names = {"linux": "Linux", "macos": "macOS", "windows": "Windows"}
        system = names.get(self.os, self.os)
        return f"{system} (musl) {self.arch}" if self.is_musl else f"{system} {self.arch}"

    def of_vendor(self, vendor: str) -> tuple[Device, ...]:
        """Return the devices of one maker."""
        return tuple(device for device in self.devices if device.vendor == vendor)

    def with_python(self, version: str) -> Place:
        """Return this place with another Python."""
        return replace(self, python=version_of(version))

    @property
    def interpreter(self) -> Interpreter:
        """The interpreter of markers."""
        return Interpreter(path="python", version=str(self.python or "3.12"))


def place_of(machine: Machine) -> Place:
    """Return the place that a machine's facts describe."""
    interpreters = [row for row in machine.interpreters if row.implementation == "cpython"]
    return Place(
        machine,
        version_of(interpreters[0].version) if interpreters else None,
        tuple(map(_device, machine.gpus)),
        version_of(machine.nvidia_driver),
    )


def version_of(text: str | None) -> Version | None:
    """Return a version, None when there is none or it is no version."""
    try:
        return Version(text) if text else None
    except InvalidVersion:
        return None


def _device(gpu: Gpu) -> Device:
    capability = version_of(gpu.compute_capability)
    lacks = capability is None if gpu.vendor == "nvidia" else gpu.gfx is None
    known = gpu_called(gpu.name) if lacks else None
    if known is None:
        return Device(gpu.name, gpu.vendor, capability, gpu.gfx, None)
    return Device(
        gpu.name,
        known.vendor if known.vendor in {"nvidia", "amd", "apple"} else gpu.vendor,
        capability or version_of(known.compute_capability),
        gpu.gfx or known.gfx,
        known,
    )
