"""The command that installs a package of the operating system here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.steps import Command, Privilege, Step

_FAMILIES: Final = {
    "debian": ("debian", "ubuntu", "mint", "pop!", "raspb", "kali", "zorin", "elementary"),
    "fedora": (
        "fedora", "red hat", "rhel", "rocky", "alma", "centos", "amazon", "oracle", "openeuler",
    ),
    "alpine": ("alpine",),
    "suse": ("suse", "sles"),
    "arch": ("arch", "manjaro"),
}  # fmt: skip
_INSTALL: Final = {
    "debian": ("apt-get", "install", "-y"),
    "fedora": ("dnf", "install", "-y"),
    "alpine": ("apk", "add"),
    "suse": ("zypper", "install"),
    "arch": ("pacman", "-S"),
}


def family(case: Case) -> str:
    """Return the family of the Linux distribution, debian where it is not known."""
    name = (case.text("os.name") or "").lower()
    for known, words in _FAMILIES.items():
        if any(word in name for word in words):
            return known
    return "debian"


def _argv(case: Case, names: Mapping[str, str]) -> tuple[str, ...]:
    here = family(case)
    here = here if here in names else "debian"
    # In a container people are root, and there is no sudo.
    sudo = () if case.value("security.root") is True else ("sudo",)
    return (*sudo, *_INSTALL[here], *names[here].split())


def package_command(case: Case, names: Mapping[str, str]) -> str:
    """Return the command for a package whose name is given by family of distributions."""
    return " ".join(_argv(case, names))


def package_steps(case: Case, names: Mapping[str, str]) -> tuple[Step, ...]:
    """Return the same as a step, which only a person takes."""
    return (Command(_argv(case, names), Privilege.ROOT),)
