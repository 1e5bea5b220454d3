"""What several rules ask about an NVIDIA driver: is it there, is it loaded, whose is it."""

from __future__ import annotations

import re
import shlex
from typing import Final

from packaging.version import InvalidVersion, Version

from bringup.doctor.case import Case, Record
from bringup.doctor.steps import Command, Privilege
from bringup.knowledge.gpus import gpu_called
from bringup.machine.model import Gpu

_GIVEN_AWAY: Final = frozenset({"vfio-pci", "pci-stub"})
"""Kernel drivers that hold a GPU for a virtual machine."""

# The packages that must be of one version. Others have versions of their own: settings, modprobe,
# container toolkit, local repositories, firmware.
_CORE: Final = re.compile(
    r"libnvidia-compute-\d+(?:-server)?|libcuda1|libnvidia-ml1|nvidia-smi"
    r"|nvidia-utils-\d+(?:-server)?|nvidia-compute-utils-\d+(?:-server)?"
    r"|nvidia-(?:driver|dkms|headless|headless-no-dkms|kernel-source)-\d+(?:-server)?(?:-open)?"
    r"|nvidia-driver|nvidia-kernel-dkms|nvidia-(?:open-kernel|kernel-open)-dkms"
    r"|nvidia-driver-cuda(?:-libs)?|kmod-nvidia-(?:open|latest)-dkms|akmod-nvidia"
    r"|xorg-x11-drv-nvidia(?:-cuda)?(?:-libs)?"
)

_DNF: Final = ("fedora", "red hat", "rocky", "alma", "centos", "oracle", "amazon")


def version_of(text: str | None) -> Version | None:
    """Return a version, None when the text is none."""
    try:
        return None if text is None else Version(text)
    except InvalidVersion:
        return None


def older(version: str | None, floor: str | None) -> bool:
    """Say whether one version is surely older than another."""
    one, other = version_of(version), version_of(floor)
    return one is not None and other is not None and one < other


def module_loaded(case: Case) -> bool:
    """Say whether the kernel has NVIDIA's module."""
    loaded = "nvidia" in (case.value("driver.modules") or ())
    return loaded or case.value("driver.module_version") is not None


def driver_is_elsewhere(case: Case) -> bool:
    """Say whether the driver is the host's or that of Windows: here nobody can mend it."""
    return case.in_container or case.in_wsl


def cards(case: Case) -> tuple[Record, ...]:
    """Return the NVIDIA GPUs on the bus, without those that belong to a virtual machine."""
    return tuple(
        row
        for row in case.records("driver.pci_gpus")
        if row.get("vendor") == "nvidia" and row.get("driver") not in _GIVEN_AWAY
    )


def card_name(row: Record) -> str:
    """Return a card's name, its device number when nobody knows the name."""
    return str(row.get("name") or f"device {row.get('device')}")


def capability_of(gpu: Gpu) -> Version | None:
    """Return a GPU's compute capability, as the driver says or as its name tells."""
    return version_of(gpu.compute_capability or _by_name(gpu.name))


def card_capability(row: Record) -> Version | None:
    """Return the compute capability that a card's name tells."""
    return version_of(_by_name(str(row.get("name") or "")))


def _by_name(name: str) -> str | None:
    known = gpu_called(name)
    return None if known is None else known.compute_capability


def core_packages(case: Case) -> dict[str, str]:
    """Return the packages that make up the driver, which must be of one version."""
    rows = case.records("driver.packages")
    return {
        str(row["name"]): str(row["version"]) for row in rows if _CORE.fullmatch(str(row["name"]))
    }


def driver_on_disk(case: Case) -> bool:
    """Say whether there is anything of the driver: libraries, modules, packages."""
    found = case.value("driver.library_version") or case.value("driver.module_files")
    return bool(found) or bool(core_packages(case))


def module_for_this_kernel(case: Case) -> bool:
    """Say whether a module for the running kernel is on disk."""
    return any(row.get("running") for row in case.records("driver.module_files"))


def driver_works(case: Case) -> bool:
    """Say whether nvidia-smi was asked and answered without complaint."""
    silent = case.known("driver.smi_error") and case.value("driver.smi_error") is None
    return silent and bool(case.records("gpu.states"))


def driver_version(case: Case) -> str | None:
    """Return the version of the driver that is there: loaded, else on disk."""
    files = (row.get("version") for row in case.records("driver.module_files"))
    found = (
        case.text("driver.module_version"),
        case.text("driver.library_version"),
        *files,
        *core_packages(case).values(),
    )
    return next((str(version) for version in found if version), None)


def in_log(case: Case, pattern: str) -> str | None:
    """Return the last line of the kernel's log that a pattern finds, None when there is none."""
    lines = case.value("driver.kernel_log") or ()
    found = [str(line) for line in lines if re.search(pattern, str(line), re.IGNORECASE)]
    return found[-1] if found else None


def package_manager(case: Case) -> str:
    """Return the program that installs packages here: apt, or dnf on Red Hat's relatives."""
    name = (case.text("os.name") or "").lower()
    return "dnf" if any(word in name for word in _DNF) else "apt"


def steps_of(command: str, *, reboot: bool = False) -> tuple[Command, ...]:
    """Return a command of root as a step; none when a shell must fill something in first."""
    if any(sign in command for sign in "$*"):
        return ()
    return (Command(tuple(shlex.split(command)), Privilege.ROOT, reboot=reboot),)
