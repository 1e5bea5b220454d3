"""What rules ask of the packages of an environment, and the commands that change them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from bringup.doctor.case import Case
from bringup.doctor.rule import Skipped
from bringup.doctor.steps import Command, Privilege, Step
from bringup.knowledge.builds import Build, builds_of, cuda_major, cuda_number
from bringup.knowledge.conflicts import Conflict, conflicts
from bringup.knowledge.frameworks import framework_table
from bringup.knowledge.installs import twins
from bringup.knowledge.releases import Release, releases
from bringup.stack.answer.pairs import limits_in

FRAMEWORKS: Final = ("torch", "tensorflow", "jax")
"""Packages that make an environment one for training."""
HAND_INSTALLERS: Final = frozenset({"pip", "uv"})
"""Installers that take wheels as they are; distributions and conda rebuild and rename packages."""
NOT_THE_PROJECTS: Final = Skipped("DOC040")
_SYNC: Final = "bringup sync --again"
_SPECIAL: Final = frozenset(" <>=!~[];*&|")


def not_installed(*packages: str) -> Skipped:
    """Return the reason of a rule about packages that are not there."""
    return Skipped("DOC041", {"packages": ", ".join(packages)})


def version_of(text: str | None) -> Version | None:
    """Read a version, None when it is none."""
    try:
        return None if text is None else Version(text)
    except InvalidVersion:
        return None


def release_of(text: str | None) -> Version | None:
    """Return a version without its local part, a pre-release as the release that it leads to.

    NVIDIA's containers and Jetson wheels hold 2.9.0a0+git: companions are built for 2.9.0 there.
    """
    version = version_of(text)
    if version is None:
        return None
    return Version(version.base_version if version.is_prerelease else version.public)


def local_build(text: str | None) -> str | None:
    """Return the build that a version names (cpu, cu128, rocm6.4), None when it names none."""
    version = version_of(text)
    if version is None or version.local is None:
        return None
    known = version.local == "cpu" or version.local.startswith("rocm") or cuda_major(version.local)
    return version.local if known else None


def installers(case: Case) -> Mapping[str, str | None]:
    """Return who installed each package: pip, uv, conda, debian, None when it is not told."""
    return {str(row["name"]): row.get("installer") for row in case.records("env.packages")}


def accepts(limits: SpecifierSet, version: Version) -> bool:
    """Say whether limits allow a version, pre-releases counted like others."""
    return limits.contains(version, prereleases=True)


# What to type.


def synced(case: Case) -> bool:
    """Say whether the environment is made from a lock, which then is the way to mend it."""
    return case.wants is not None and case.text("env.kind") == "project"


def install_command(case: Case, *words: str) -> str:
    """Return the command that installs into the environment that is judged."""
    return _SYNC if synced(case) else _joined(_argv(case, "install", words))


def uninstall_command(case: Case, *names: str) -> str:
    """Return the command that takes packages out of the environment that is judged."""
    return _joined(_argv(case, "uninstall", names))


def _argv(case: Case, verb: str, words: Iterable[str]) -> tuple[str, ...]:
    python = case.text("env.python") or "python"
    if case.value("env.has_pip") is False:
        return ("uv", "pip", verb, "--python", python, *words)
    sure = ("-y",) if verb == "uninstall" else ()
    return (python, "-m", "pip", verb, *sure, *words)


def _joined(argv: Iterable[str]) -> str:
    return " ".join(f'"{word}"' if _SPECIAL & set(word) else word for word in argv)


def keep_one_steps(case: Case, keep: str, versions: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the steps that take twins out and put one of them back, with how to take that back.

    None where a lock rules, in the system's Python, and where a version is of a special build:
    nobody can say from where it would come back.

    Args:
        case: the case.
        keep: the package that stays.
        versions: all the twins with their versions, ``keep`` among them.
    """
    privilege = privilege_of(case)
    special = any(version.local for version in map(version_of, versions.values()) if version)
    if synced(case) or special or privilege is Privilege.ROOT:
        return ()
    pins = [f"{name}=={version}" for name, version in versions.items()]
    back = _argv(case, "install", ("--no-deps", *pins))
    kept = f"{keep}=={versions[keep]}" if keep in versions else keep
    put = _argv(case, "install", ("--no-deps", kept))
    return (
        Command(_argv(case, "uninstall", versions), privilege, undo=back),
        Command(put, privilege, undo=_argv(case, "uninstall", (keep,))),
    )


def privilege_of(case: Case) -> Privilege:
    """Say whose the environment is that is judged."""
    kind = case.text("env.kind")
    if kind == "project":
        return Privilege.PROJECT
    home = case.variables.get("HOME") or case.variables.get("USERPROFILE")
    prefix = case.text("env.prefix") or ""
    mine = home is not None and prefix.startswith(home.replace("\\", "/").rstrip("/") + "/")
    return Privilege.USER if kind in {"venv", "conda"} and mine else Privilege.ROOT


# Pairs that do not go together.


@dataclass(frozen=True, slots=True)
class Clash:
    """Two installed packages that a row of the tables speaks against."""

    row: Conflict
    package: str
    version: str
    other: str
    other_version: str


def clashes_of(case: Case, reason: str) -> list[Clash]:
    """Return the installed pairs that rows with a reason speak against, errors first."""
    found = [clash for row in conflicts() if row.reason == reason for clash in _clash(case, row)]
    return sorted(found, key=lambda clash: clash.row.warning)


def _clash(case: Case, row: Conflict) -> Iterator[Clash]:
    mine = release_of(case.packages.get(row.package))
    if mine is None or not row.applies(row.package, mine) or row.extra is not None:
        return
    if row.os is not None and row.os != case.machine.os:
        return
    needed = None if row.needs is None else Requirement(row.needs)
    other = row.against if needed is None else canonicalize_name(needed.name)
    theirs = release_of(case.packages.get(other or ""))
    if other is None or theirs is None or _mended(case, row):
        return
    clash = accepts(row.against_when, theirs)
    if needed is not None:
        clash = not accepts(needed.specifier, theirs)
    if clash:
        packages = case.packages
        yield Clash(row, row.package, packages[row.package], other, packages[other])


def _mended(case: Case, row: Conflict) -> bool:
    if row.unless is None:
        return False
    wanted = Requirement(row.unless)
    there = version_of(case.packages.get(canonicalize_name(wanted.name)))
    return there is not None and accepts(wanted.specifier, there)


# torch and what is built for it.


def row_of(package: str, version: str | None) -> Release | None:
    """Return the table's row of an installed release, None for one that it does not have."""
    wanted = release_of(version)
    return next((row for row in releases(package) if row.version == wanted), None)


def companion_for(package: str, torch: Version) -> str | None:
    """Return the newest release of torchvision or torchaudio that goes with a torch."""
    for row in releases(package):
        limits = limits_in(row.requires, "torch")
        if limits is not None and not row.yanked and accepts(limits, torch):
            return str(row.version)
    return None


def torch_index(build: str) -> str:
    """Return the address of torch's own index of one build."""
    return framework_table().frameworks["torch"].index_of(build)


def torch_build_for(case: Case, torch: Version) -> str | None:
    """Return the newest build of a torch release that the NVIDIA GPUs and the driver can use."""
    table, windows = framework_table(), case.machine.os == "windows"
    driver = version_of(case.machine.nvidia_driver)
    capabilities = [gpu.compute_capability for gpu in case.nvidia_gpus if gpu.compute_capability]
    rows = sorted(builds_of("torch", torch), key=lambda row: cuda_number(row.build), reverse=True)
    for row in rows:
        floor = version_of(table.min_driver(row.build, windows=windows)) if row.is_cuda else None
        if floor is None or (driver is not None and driver < floor):
            continue
        if all(_serves(row, Version(capability)) for capability in capabilities):
            return row.build
    return None


def _serves(row: Build, capability: Version) -> bool:
    archs = [Version(arch) for arch in row.archs]
    same = any(a.major == capability.major and a.minor <= capability.minor for a in archs)
    return same or (row.ptx is not None and capability >= Version(row.ptx))


def twins_installed(case: Case, module: str) -> dict[str, str]:
    """Return those packages of the environment that bring a module: name -> version."""
    names = twins()[module].packages
    return {name: case.packages[name] for name in names if name in case.packages}
