"""What must be installed: what the stages need, what the project asks for, what limits it."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from bringup.base.errors import BringupError
from bringup.base.files import digest_file, digest_value
from bringup.knowledge.frameworks import TABLE_FILES
from bringup.machine.model import Machine
from bringup.project.model import LoadedProject

_TABLE: Final = Path(__file__).parent / "requirements.toml"
_INCLUDES: Final = ("-r", "--requirement", "-c", "--constraint")


@dataclass(frozen=True, slots=True)
class Wanted:
    """The requirements of a project, before any choice."""

    train: tuple[str, ...]
    file: Path | None
    """The project's requirements file, for uv to read itself."""
    from_file: tuple[Requirement, ...]
    serve: tuple[str, ...]

    @property
    def all_train(self) -> tuple[Requirement, ...]:
        """Every requirement of the training environment that could be read."""
        return (*(Requirement(text) for text in self.train), *self.from_file)


def wanted_by(project: LoadedProject) -> Wanted:
    """Collect the requirements of a project.

    Raises:
        BringupError: STK021 (not a requirement), STK022 (the requirements file is missing).
    """
    environment = project.config.environment
    for text in environment.requirements:
        _checked(text)
    ours = project.config.train.script is None
    stages = _stage_requirements()
    named = {canonicalize_name(Requirement(text).name) for text in environment.requirements}
    # A requirement of the project's own replaces the stages' plain one of the same name.
    train = [text for text in stages["train"] if ours and text not in named]
    file: Path | None = None
    from_file: tuple[Requirement, ...] = ()
    if environment.requirements_file is not None:
        file = project.folder / environment.requirements_file
        if not file.is_file():
            raise BringupError("STK022", path=file)
        from_file = tuple(read_requirements(file))
    return Wanted(
        (*train, *environment.requirements), file, from_file, stages["serve"] if ours else ()
    )


def read_requirements(path: Path) -> Iterator[Requirement]:
    """Yield what a requirements or constraints file names, files that it includes as well.

    Lines that are no named requirement (options, addresses) are left to uv, which says what is
    wrong with them better.
    """
    for file in with_included(path):
        for line in _logical_lines(file):
            if line.startswith("-"):
                continue
            try:
                yield Requirement(line)
            except InvalidRequirement:
                continue


def with_included(path: Path) -> list[Path]:
    """Return a requirements or constraints file and the files that it includes, each once."""
    found: list[Path] = []
    waiting = [path]
    while waiting:
        file = waiting.pop(0)
        # Files may include each other.
        if file in found or not file.is_file():
            continue
        found.append(file)
        waiting += [Path(os.path.normpath(file.parent / name)) for name in _included(file)]
    return found


def _included(path: Path) -> Iterator[str]:
    for line in _logical_lines(path):
        words = line.split(maxsplit=1)
        option, _, value = words[0].partition("=")
        if option in _INCLUDES:
            yield value or (words[1].strip() if len(words) > 1 else "")


def limits_on(
    name: str, requirements: Iterable[Requirement], marker_values: Mapping[str, str]
) -> SpecifierSet | None:
    """Return what the requirements say together of one package's version.

    None when one of them gives an address instead of a version.
    """
    specifiers = SpecifierSet()
    for requirement in requirements:
        if canonicalize_name(requirement.name) != name:
            continue
        if requirement.marker and not requirement.marker.evaluate(dict(marker_values)):
            continue
        if requirement.url is not None:
            return None
        specifiers &= requirement.specifier
    return specifiers


def constraints_of(machine: Machine) -> list[Requirement]:
    """Return what the machine's constraint files say; those on other machines are uv's to read."""
    paths = map(Path, machine.index_settings.constraints)
    return [row for path in paths for row in read_requirements(path)]


def tables_digest() -> str:
    """Return the digest of the tables that a choice depends on."""
    return digest_value([digest_file(path) for path in (_TABLE, *TABLE_FILES)])


def wants_digest(project: LoadedProject) -> str:
    """Return the digest of what a project asks of its environments, on whatever machine."""
    environment = project.config.environment
    files: list[str] = []
    if environment.requirements_file is not None:
        included = with_included(project.folder / environment.requirements_file)
        files = [digest_file(path) for path in included]
    ours = project.config.train.script is None
    stages = {use: list(rows) for use, rows in _stage_requirements().items()} if ours else {}
    return digest_value([environment.model_dump(mode="json"), files, stages])


@cache
def _stage_requirements() -> dict[str, tuple[str, ...]]:
    document = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
    return {name: tuple(row["requirement"] for row in rows) for name, rows in document.items()}


def _checked(text: str) -> Requirement:
    try:
        return Requirement(text)
    except InvalidRequirement as error:
        reason = str(error).partition("\n")[0]
        raise BringupError("STK021", requirement=text, reason=reason) from error


def _logical_lines(path: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8-sig", errors="replace").replace("\\\n", " ")
    for line in text.splitlines():
        # A comment begins with # at the start or after a space; an address may hold a bare #.
        bare = f" {line}".partition(" #")[0].partition(" --hash")[0].strip()
        if bare:
            yield bare
