"""A file as the rules see it, whatever its format: images, commands, packages, variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name


class Kind(StrEnum):
    """What a file is."""

    DOCKERFILE = "Dockerfile"
    COMPOSE = "compose file"
    REQUIREMENTS = "requirements file"
    DEVCONTAINER = "devcontainer"
    NOTEBOOK = "notebook"


@dataclass(frozen=True, slots=True)
class Image:
    """An image that a file builds on or starts."""

    line: int
    name: str
    """As written: repository, tag, digest."""

    @property
    def digest(self) -> str | None:
        """The digest, when it is pinned to one."""
        return self.name.partition("@")[2] or None

    @property
    def repository(self) -> str:
        """The name without tag and digest."""
        bare = self.name.partition("@")[0]
        head, slash, tail = bare.rpartition("/")
        return f"{head}{slash}{tail.partition(':')[0]}"

    @property
    def tag(self) -> str | None:
        """The tag, None when there is none, which means latest."""
        return self.name.partition("@")[0].rpartition("/")[2].partition(":")[2] or None


@dataclass(frozen=True, slots=True)
class Command:
    """A command that a file runs. ``role``: build, start, or create (of a devcontainer)."""

    line: int
    text: str
    role: str = "build"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A package that a file asks an installer for."""

    line: int
    text: str
    """The requirement as written."""

    @property
    def requirement(self) -> Requirement | None:
        """The parsed requirement (PEP 508), None when it is none: a path, an address."""
        try:
            return Requirement(self.text)
        except InvalidRequirement:
            return None

    @property
    def name(self) -> str | None:
        """The normalised name."""
        found = self.requirement
        return None if found is None else canonicalize_name(found.name)


@dataclass(frozen=True, slots=True)
class Install:
    """One call of pip (or uv pip): its packages and its options."""

    line: int
    wanted: tuple[Wanted, ...]
    options: tuple[str, ...]
    files: tuple[str, ...] = ()
    """Requirements files that it names."""
    tool: str = "pip"
    """As it is called: pip, %pip, !pip, uv."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that a file sets, with the way: ENV, ARG, environment."""

    line: int
    name: str
    value: str
    way: str


@dataclass(slots=True)
class Source:
    """A file, read."""

    path: str
    kind: Kind
    text: str
    images: list[Image] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    installs: list[Install] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    copies: list[Variable] = field(default_factory=list)
    """Files taken into an image: name is the source, value the target."""
    users: list[Variable] = field(default_factory=list)
    """Users that are switched to, in order."""
    services: list[dict[str, object]] = field(default_factory=list)
    """Of a compose file: name, line, and the settings as they are."""
    settings: dict[str, object] = field(default_factory=dict)
    """Of a devcontainer: its settings; of a notebook: its metadata."""
    outputs: list[Command] = field(default_factory=list)
    """Texts that a notebook keeps of its runs."""

    @property
    def wanted(self) -> list[Wanted]:
        """All packages that it asks for."""
        return [row for install in self.installs for row in install.wanted]
