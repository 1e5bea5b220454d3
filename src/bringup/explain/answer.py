"""What people get: the verdict, the causes, the lines that show each, the fix."""

from __future__ import annotations

import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bringup.base.messages import current_language
from bringup.explain.model import Cause, FixStep, Signature, Text
from bringup.explain.rank import Verdict

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a fix in the current language, and what to type for it."""

    text: str
    command: str | None = None

    def __str__(self) -> str:
        return f"{self.text}\n{self.command}" if self.command else self.text


@dataclass(frozen=True, slots=True)
class FoundCause:
    """One cause of a failure. Its texts are in the language that is current when they are read."""

    label: str
    confidence: float
    """0 to 1."""
    lines: tuple[tuple[int, str], ...]
    """Number (from 1) and text of the lines that show it."""
    values: Mapping[str, str]
    doctor: tuple[str, ...]
    """Codes of the doctor's rules that confirm it on the machine."""
    known: Mapping[str, str] = field(repr=False)
    """All values and facts that may stand in its texts."""
    cause: Cause | None = field(repr=False)
    alike: bool = False
    """Only the words are like those of the log; no signature holds."""
    signatures: tuple[Signature, ...] = field(default=(), repr=False)
    """Those that hold, the best first."""
    calm: tuple[Text, ...] = field(default=(), repr=False)
    """Of harmless output: why each of its texts is harmless."""

    @property
    def title(self) -> str:
        """What is wrong, one line."""
        return self._filled(self.cause.title) if self.cause else ""

    @property
    def why(self) -> str:
        """How this comes about."""
        if self.cause is None:
            return "\n".join(dict.fromkeys(map(in_language, self.calm)))
        return self._filled(self.cause.why)

    @property
    def fix(self) -> tuple[Step, ...]:
        """The steps, with the values that are known."""
        steps = self.cause.fix if self.cause else ()
        return tuple(step for part in steps if (step := self._step(part)))

    def to_json(self) -> dict[str, Any]:
        """Return the cause as plain JSON."""
        return {
            "label": self.label,
            "confidence": round(self.confidence, 3),
            "by": "likeness" if self.alike else "signature",
            "title": self.title,
            "why": self.why,
            "lines": [{"number": number, "text": text} for number, text in self.lines],
            "fix": [{"text": step.text, "command": step.command} for step in self.fix],
            "doctor": list(self.doctor),
            "values": dict(self.values),
        }

    def _filled(self, text: Text) -> str:
        return filled(in_language(text), self.known) or in_language(text)

    def _step(self, part: FixStep) -> Step | None:
        if not all(condition.holds(self.known) for condition in part.when):
            return None
        text = filled(in_language(part.text), self.known)
        command = filled(part.command, self.known) if part.command else None
        if text is None or (part.command and command is None):
            if part.otherwise is None:
                return Step(text) if text else None
            return Step(filled(in_language(part.otherwise), self.known) or "", command)
        return Step(text, command)


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a log says."""

    verdict: Verdict
    """failure, benign, or unknown: something speaks of an error, and no cause is known."""
    causes: tuple[FoundCause, ...]
    """The likeliest first; of "unknown" only weak ones; of "benign" what looked alarming."""
    lines: int = 0
    """Lines read."""

    def to_json(self) -> dict[str, Any]:
        """Return the explanation as one plain JSON document."""
        return {
            "schema_version": SCHEMA_VERSION,
            "verdict": self.verdict,
            "lines_read": self.lines,
            "causes": [cause.to_json() for cause in self.causes],
        }


def about(cause: Cause) -> FoundCause:
    """Return a cause by itself, found in no log."""
    return FoundCause(cause.label, 1.0, (), {}, cause.doctor, {}, cause)


def in_language(text: Text) -> str:
    """Return the text in the current language."""
    return text.zh if current_language() == "zh" else text.en


def filled(text: str, known: Mapping[str, str]) -> str | None:
    """Return a text with its values, None when one of them is unknown."""
    parts = []
    for literal, name, _, _ in string.Formatter().parse(text):
        parts.append(literal)
        if name is not None:
            if name not in known:
                return None
            parts.append(known[name])
    return "".join(parts)
