"""What a locked target asks of a machine: the system, the Python, the driver, the GPUs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from packaging.version import Version

from bringup.base.files import digest_file
from bringup.knowledge.frameworks import FrameworkTable, cuda_number
from bringup.machine.model import Machine
from bringup.stack.addresses import is_local
from bringup.stack.choose_targets import Choice
from bringup.stack.floors import platform_floor
from bringup.stack.lock_file import GpuRange, LockedFile, TargetLock
from bringup.stack.model import Source, Stack
from bringup.stack.os_packages import os_packages

_VENDORS: Final = {"cu": "nvidia", "rocm": "amd", "xpu": "intel", "mps": "apple"}


def target_lock(
    choice: Choice,
    *,
    pylocks: Mapping[str, Path],
    packages: Iterable[str],
    python_floor: str,
    base_image: str | None,
    table: FrameworkTable,
) -> TargetLock:
    """Return what a target asks of a machine.

    Args:
        choice: the target, what goes together there, the machine that it stands for.
        pylocks: ``train`` and ``serve``: the resolved files.
        packages: all locked packages.
        python_floor: the oldest Python that the files were resolved for.
        base_image: by digest, from the project file.
        table: the knowledge of builds.
    """
    stack, machine = choice.stack, choice.machine
    place = None if stack.source is None else _portable_place(stack.source)
    return TargetLock(
        name=choice.target.name,
        build=stack.build,
        requested=stack.requested,
        python=_python_range(python_floor),
        os=machine.os,
        arch=machine.arch,
        libc=machine.libc,
        files={use: LockedFile(path.name, digest_file(path)) for use, path in pylocks.items()},
        platform_floor=platform_floor(machine, stack.python, pylocks.values()),
        torch=stack.torch,
        source_kind=None if stack.source is None else stack.source.kind,
        source_place=place,
        driver_floor=table.min_driver(stack.build, windows=machine.os == "windows"),
        gpu=_gpu_range(stack, machine, table),
        os_packages=os_packages(packages, libc=machine.libc),
        base_image=base_image,
    )


def _python_range(floor: str) -> str:
    """Return the versions that run wheels of one minor version: ``>=3.11,<3.12``."""
    major, minor = (int(part) for part in floor.split(".")[:2])
    return f">={floor},<{major}.{minor + 1}"


def _portable_place(source: Source) -> str | None:
    return None if is_local(source.place) else source.shown


def _gpu_range(stack: Stack, machine: Machine, table: FrameworkTable) -> GpuRange | None:
    name = stack.build.rstrip("0123456789.")
    vendor = _VENDORS.get(name)
    if vendor is None:
        return None
    # Where the facts chose it for a machine that cannot use such a GPU, none is needed.
    usable = {gpu.vendor for gpu in machine.gpus}
    if machine.nvidia_driver is None:
        usable.discard("nvidia")
    required = stack.requested == stack.build or vendor in usable
    if not cuda_number(stack.build) or stack.torch is None:
        return GpuRange(vendor, required)
    row = table.build(Version(stack.torch), stack.build)
    if row is None:
        return GpuRange(vendor, required)
    on_arm = machine.arch == "aarch64" and row.archs_aarch64
    archs = sorted(row.archs_aarch64 if on_arm else row.archs, key=Version)
    linux = machine.os == "linux"
    return GpuRange(
        vendor,
        required,
        tuple(archs),
        row.ptx if linux else None,
        row.toolkit_driver_linux if linux else None,
    )
