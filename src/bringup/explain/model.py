"""What an explanation is: a verdict, and causes with the lines that show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """What a log says."""

    FAILURE = "failure"
    """Something failed, and a cause is known."""
    BENIGN = "benign"
    """Nothing is wrong, though it may look so."""
    UNKNOWN = "unknown"
    """Something seems wrong, and no known cause is shown well enough."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the log, numbered from 1, without colours and prefixes."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class FixStep:
    """One thing to do; ``command`` is what to type, where it is one."""

    text: str
    command: str | None = None

    def __str__(self) -> str:
        return self.text if self.command is None else f"{self.text}\n    {self.command}"


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause, as likely as its confidence says."""

    label: str
    confidence: float
    """0 to 1."""
    lines: tuple[Line, ...]
    """The lines that show it, in the log's order."""
    title: str
    why: str
    fix: tuple[FixStep, ...]
    doctor: tuple[str, ...] = ()
    """Codes of the doctor's rules that confirm it on the machine."""
    values: Mapping[str, str] = field(default_factory=dict)
    """What was read out of the lines: versions, symbols, names."""
    follows: tuple[str, ...] = ()
    """Labels of causes in this log that it is only an echo of."""

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "label": self.label,
            "confidence": round(self.confidence, 3),
            "title": self.title,
            "why": self.why,
            "lines": [{"number": line.number, "text": line.text} for line in self.lines],
            "fix": [{"text": step.text, "command": step.command} for step in self.fix],
            "doctor": list(self.doctor),
            "values": dict(self.values),
            "follows": list(self.follows),
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a log says, the likeliest cause first."""

    verdict: Verdict
    causes: tuple[Cause, ...] = ()
    harmless: tuple[tuple[Line, str], ...] = ()
    """Lines that look bad and mean nothing, each with the reason."""
    lines_read: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return it as plain JSON."""
        return {
            "verdict": self.verdict.value,
            "causes": [cause.to_json() for cause in self.causes],
            "harmless": [
                {"number": line.number, "text": line.text, "why": why}
                for line, why in self.harmless
            ],
            "lines_read": self.lines_read,
        }
