"""Which Pythons a project or the tables' torch can be installed on."""

from __future__ import annotations

import datetime
from typing import Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.installed import FRAMEWORKS
from bringup.knowledge.releases import Release, releases

STALE: Final = datetime.timedelta(days=365)
"""A Python whose newest torch is older than the newest of all by this much is left behind."""


def wanted_by_lock(case: Case) -> SpecifierSet | None:
    """Return the Pythons that the lock serves, None without one."""
    try:
        return None if case.wants is None else SpecifierSet(case.wants.python)
    except InvalidSpecifier:
        return None


def is_for_training(case: Case) -> bool:
    """Say whether the Python is one for frameworks: the system's own is judged only with one."""
    return case.text("env.kind") != "system" or any(name in case.packages for name in FRAMEWORKS)


def torch_pythons() -> dict[Version, Release]:
    """Return the newest torch for each Python that it has wheels for, by "3.12"."""
    newest: dict[Version, Release] = {}
    for row in releases("torch"):
        for wheels in row.wheels:
            for pair in wheels.pythons:
                tag = pair.partition("-")[0]
                if tag.startswith("cp3") and not row.yanked:
                    newest.setdefault(Version(f"3.{tag.removeprefix('cp3')}"), row)
    return newest


def minor_of(case: Case) -> Version | None:
    """Return the Python that is judged as "3.12"."""
    text = case.text("env.python_version")
    return None if text is None else Version(".".join(text.split(".")[:2]))
