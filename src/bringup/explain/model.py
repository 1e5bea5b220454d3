"""What a cause file says, as values: see ``docs/explain.md`` for the form of the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bringup.explain.conditions import Condition

BENIGN: Final = "benign"
MAX_SPAN: Final = 12
"""The most lines that are joined."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text in both languages."""

    en: str
    zh: str

    def to_row(self) -> list[str]:
        """Return it as plain JSON."""
        return [self.en, self.zh]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression and the number of lines that it is matched against, joined."""

    text: str
    span: int = 1


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What a condition adds to the weight of a signature."""

    when: Condition
    weight: float


@dataclass(frozen=True, slots=True)
class Signature:
    """Texts that together mean a cause; ``weight`` says how surely, 0 to 1."""

    all: tuple[Pattern, ...]
    any: tuple[Pattern, ...]
    none: tuple[Pattern, ...]
    weight: float
    near: int
    when: tuple[Condition, ...]
    plus: tuple[Adjustment, ...]
    follow: bool

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """All patterns, those that must not match included."""
        return (*self.all, *self.any, *self.none)


@dataclass(frozen=True, slots=True)
class FixStep:
    """One step of a fix; ``{name}`` stands for a value or a fact."""

    text: Text
    otherwise: Text | None
    """Shown when a value of ``text`` is unknown; without it the step is left out."""
    command: str | None
    when: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """One root cause of failures."""

    label: str
    area: str
    title: Text
    why: Text
    fix: tuple[FixStep, ...]
    signatures: tuple[Signature, ...]
    follows: tuple[str, ...]
    doctor: tuple[str, ...]
    sources: tuple[str, ...]
    values: tuple[tuple[str, Condition], ...]
    """Names with the expressions that give their values."""
    ending: str = "stops"
    """How programs go on that meet it: one of ``outcome.ENDINGS``."""


@dataclass(frozen=True, slots=True)
class Harmless:
    """A text that looks alarming and is not, and why."""

    signature: Signature
    why: Text
    sure: bool = False
    """Its lines are closed to signatures of any weight."""


@dataclass(frozen=True, slots=True)
class Library:
    """All causes and all harmless texts, and what each pattern needs to match at all."""

    causes: tuple[Cause, ...]
    harmless: tuple[Harmless, ...]
    needs: dict[Pattern, Any]
    """Pattern -> ``words.Need``."""

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """All patterns, each once, in the order of the files."""
        return tuple(self.needs)

    def cause(self, label: str) -> Cause | None:
        """Return the cause of a label."""
        return next((cause for cause in self.causes if cause.label == label), None)
