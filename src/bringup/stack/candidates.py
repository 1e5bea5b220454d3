"""Which releases and builds of a framework can be had, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from bringup.knowledge.frameworks import FrameworkTable
from bringup.machine.model import Interpreter, Machine
from bringup.stack.index import IndexClient, IndexFile, default_index
from bringup.stack.model import Source
from bringup.stack.platforms import platform_name, wheel_tags


@dataclass(frozen=True, slots=True)
class Candidate:
    """One release in one build, at one place, for one interpreter."""

    version: Version
    build: str
    file: IndexFile
    source: Source
    interpreter: Interpreter

    @property
    def is_cpu(self) -> bool:
        """Whether it brings no libraries of an accelerator."""
        return self.build == "cpu"


@dataclass(frozen=True, slots=True)
class Target:
    """What wheels must fit: an interpreter on a machine, and the limits on the version."""

    machine: Machine
    interpreter: Interpreter
    limits: SpecifierSet

    @property
    def tags(self) -> frozenset[Tag]:
        """The wheel tags of the target."""
        return wheel_tags(self.machine, self.interpreter)


def own_sources(machine: Machine) -> list[Source]:
    """Return the places of the machine's own settings, in the order in which they are asked."""
    settings = machine.index_settings
    found = [Source("find_links", place) for place in settings.find_links]
    if not settings.no_index:
        found += [Source("extra_index", place) for place in settings.extra_indexes]
        found.append(Source("index", default_index(machine)))
    return found


def files_at(client: IndexClient, source: Source, name: str) -> list[IndexFile]:
    """Return the files of a project at a source.

    Raises:
        UnreachableError, BringupError: as ``IndexClient.files``.
    """
    if source.kind == "find_links":
        return client.links(source.place, name)
    return client.files(source.place, name)


def fitting(
    files: list[IndexFile], source: Source, target: Target, table: FrameworkTable
) -> list[Candidate]:
    """Return the wheels that fit the target, the newest release first."""
    platform = platform_name(target.machine)
    found = [
        Candidate(
            version,
            version.local or table.default_kind(version, platform),
            file,
            source,
            target.interpreter,
        )
        for file, version in _installable(files, target)
    ]
    return sorted(found, key=lambda candidate: candidate.version, reverse=True)


def _installable(files: list[IndexFile], target: Target) -> Iterator[tuple[IndexFile, Version]]:
    tags = target.tags
    python = Version(target.interpreter.version)
    # Yanked files and pre-releases are for those who name them.
    exact = any(row.operator in {"==", "==="} for row in target.limits)
    for file in files:
        try:
            _, version, _, wheel = parse_wheel_filename(file.filename)
        except (InvalidWheelFilename, InvalidVersion):
            continue
        if wheel.isdisjoint(tags) or (file.yanked and not exact):
            continue
        if version.is_prerelease and not target.limits.prereleases:
            continue
        if target.limits.contains(version, prereleases=True) and _python_allowed(file, python):
            yield file, version


def _python_allowed(file: IndexFile, python: Version) -> bool:
    if file.requires_python is None:
        return True
    try:
        return SpecifierSet(file.requires_python).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True
