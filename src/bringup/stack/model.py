"""The choice as a value: what was chosen, from where, what else was tried, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from bringup.base.messages import text_of
from bringup.machine.model import Interpreter
from bringup.machine.redact import redacted
from bringup.stack.lock_file import TargetLock

Notify = Callable[[str, dict[str, Any]], None]
"""Takes the code and the parameters of a catalogue text."""

SourceKind = Literal["find_links", "extra_index", "index", "framework_index"]


def silent(code: str, params: dict[str, Any]) -> None:
    """Take a text and say nothing."""


@dataclass(frozen=True, slots=True)
class Note:
    """A text of the catalogue with its parameters; ``warning`` when it should worry people."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    warning: bool = False

    @property
    def text(self) -> str:
        """The text in the current language."""
        return text_of(self.code, **self.params)

    def to_json(self) -> dict[str, Any]:
        """Return the note as plain JSON, its English or Chinese text included."""
        return {
            "code": self.code,
            "params": self.params,
            "warning": self.warning,
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Source:
    """A place that may hold a framework's builds. ``place`` may hold credentials."""

    kind: SourceKind
    place: str

    @property
    def shown(self) -> str:
        """The place, fit for people and files."""
        return redacted(self.place)


@dataclass(frozen=True, slots=True)
class Stack:
    """What goes together for one project on one machine."""

    python: Interpreter
    build: str
    """``cpu``, ``mps``, ``cu126``, ``rocm7.2``, ...: names the lock, ``pylock.<build>.toml``."""
    requested: str
    """``[environment].accelerator`` as written."""
    requirements: tuple[str, ...]
    """Of the training environment, the framework's pin included."""
    requirements_file: Path | None
    serve_requirements: tuple[str, ...]
    torch: str | None = None
    """The exact version, ``2.13.0+cpu``; None when the project needs no torch."""
    source: Source | None = None
    """Where that version is."""
    reasons: tuple[Note, ...] = ()
    """Why, in order; sources that were asked in vain are among them."""
    tables_checked: str | None = None
    """Date of the knowledge that was used."""

    @property
    def framework_index(self) -> str | None:
        """The framework's own index, when the build comes from there."""
        if self.source is None or self.source.kind != "framework_index":
            return None
        return self.source.place

    def to_json(self) -> dict[str, Any]:
        """Return the choice as plain JSON, without credentials."""
        return {
            "python": {"version": self.python.version, "path": self.python.path},
            "build": self.build,
            "requested": self.requested,
            "torch": self.torch,
            "source": None
            if self.source is None
            else {"kind": self.source.kind, "place": self.source.shown},
            "requirements": list(self.requirements),
            "serve_requirements": list(self.serve_requirements),
            "reasons": [note.to_json() for note in self.reasons],
            "tables_checked": self.tables_checked,
        }


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock files of a project. Digests are SHA-256 in hex."""

    train: Path
    """``pylock.<build>.toml`` of the first target"""
    serve: Path | None
    """``pylock.serve.toml``; None when the project serves nothing (a script trains)."""
    rest: Path
    """``bringup.lock``"""
    digests: dict[str, str]
    """File name -> digest."""
    packages: dict[str, dict[str, str]]
    """File name -> package -> version."""
    notes: tuple[Note, ...] = ()
    targets: tuple[TargetLock, ...] = ()
    """What ``bringup.lock`` says of each target."""
