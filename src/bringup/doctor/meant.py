"""What is to run here: what the project's lock asks for, else what is installed."""

from __future__ import annotations

from collections.abc import Mapping

from packaging.specifiers import SpecifierSet
from packaging.version import InvalidVersion, Version

from bringup.doctor.case import Case


def packages_meant(case: Case) -> Mapping[str, str]:
    """Return the locked packages, without a lock the installed ones: name -> version."""
    if case.wants is not None and case.wants.packages:
        return case.wants.packages
    return case.packages


def packages_known(case: Case) -> bool:
    """Say whether it is known which packages are to run here."""
    return bool(packages_meant(case))


def is_meant(case: Case, name: str, versions: str = "") -> bool:
    """Say whether a package, in versions that a specifier allows, is to run here."""
    version = packages_meant(case).get(name)
    if version is None:
        return False
    try:
        return SpecifierSet(versions).contains(Version(version).public, prereleases=True)
    except InvalidVersion:
        return not versions


def gpu_meant(case: Case) -> bool:
    """Say whether a stack for NVIDIA's or AMD's GPUs is to run here.

    Those bring their libraries along and are several GB larger than one for the CPU.
    """
    if case.wants is not None:
        return case.wants.build.startswith(("cu", "rocm"))
    return any(gpu.vendor in {"nvidia", "amd"} for gpu in case.machine.gpus)


def stack_installed(case: Case) -> bool:
    """Say whether a framework is in the environment already: then little is left to be fetched."""
    return any(name in case.packages for name in ("torch", "tensorflow", "jax"))
