"""The steps of a fix, as values: what would run, with which privilege, what it changes.

Only steps in the project or in the user's own space are ever run by bringup, and each of them can
be undone. What needs more is shown, to be typed by a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath


class Privilege(StrEnum):
    """Whose things a step changes."""

    PROJECT = "project"
    USER = "user"
    ROOT = "root"


@dataclass(frozen=True, slots=True)
class Command:
    """A command. ``undo`` is the command that takes it back; without one bringup never runs it."""

    argv: tuple[str, ...]
    privilege: Privilege
    undo: tuple[str, ...] | None = None
    reboot: bool = False
    """It counts only after a reboot or a new login."""


@dataclass(frozen=True, slots=True)
class MoveAway:
    """Take a file or folder out of the way, into the journal's folder."""

    path: PurePath
    privilege: Privilege


@dataclass(frozen=True, slots=True)
class SetMode:
    """Set the permissions of a file (octal)."""

    path: PurePath
    mode: int
    privilege: Privilege


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Write a text file whole; the old one, if any, is kept in the journal's folder."""

    path: PurePath
    text: str
    privilege: Privilege


@dataclass(frozen=True, slots=True)
class SetVariable:
    """Set or (value None) unset a variable of the shell. Only the user's shell can do it."""

    name: str
    value: str | None


Step = Command | MoveAway | SetMode | WriteFile | SetVariable
