"""Examine a case: every rule once, one root cause one finding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from bringup.base.messages import text_of
from bringup.doctor.case import Case
from bringup.doctor.registry import Rule
from bringup.doctor.rule import Found, Severity, Skipped


class Status(StrEnum):
    """How a rule came out."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Result:
    """What one rule said about a case."""

    rule: Rule
    status: Status
    found: Found | None = None
    reason: str = ""
    """Why it was skipped."""
    crashed: bool = False
    """Skipped because the rule itself failed: a mistake of ours."""
    ignored: str | None = None
    """Why the project lives with the finding."""
    file: str | None = None
    """The file that was judged; None for the machine."""
    root: str | None = None
    """The code of the finding that this one follows from."""

    @property
    def message(self) -> str:
        """What was found, with this machine's values."""
        return self._filled(self.rule.text.here.message)

    @property
    def fix(self) -> str:
        """What to do, with this machine's values."""
        return self._filled(self.rule.text.here.fix)

    def _filled(self, template: str) -> str:
        return "" if self.found is None else template.format(**self.found.values)


@dataclass(frozen=True, slots=True)
class Examination:
    """All results of a case, in the order of the codes."""

    case: Case
    results: tuple[Result, ...] = field(default=())

    @property
    def findings(self) -> tuple[Result, ...]:
        """Warnings and errors, roots and what follows from them, ignored ones left out."""
        return tuple(row for row in self.results if row.found is not None and row.ignored is None)

    @property
    def roots(self) -> tuple[Result, ...]:
        """Findings that follow from no other, errors first."""
        roots = [row for row in self.findings if row.root is None]
        return tuple(sorted(roots, key=lambda row: row.status is not Status.ERROR))

    def following(self, code: str) -> tuple[Result, ...]:
        """Return the findings that are folded under the one with ``code``."""
        return tuple(row for row in self.findings if row.root == code)


def examine(
    case: Case, rules: Sequence[Rule], ignored: Mapping[str, str] | None = None
) -> Examination:
    """Let every rule judge the case. A rule that crashes does not stop the others.

    Args:
        case: what to judge.
        rules: the rules.
        ignored: code or its beginning -> the reason why the project lives with such findings.
    """
    results = [_judged(rule, case) for rule in rules]
    reasons = ignored or {}
    known = [replace(row, ignored=reason_of(row.rule.code, reasons)) for row in results]
    return Examination(case, tuple(_folded(known)))


def _judged(rule: Rule, case: Case) -> Result:
    unknown = [key for key in rule.text.needs if not case.known(key)]
    if unknown:
        return Result(rule, Status.SKIPPED, reason=_why_unknown(unknown[0], case))
    try:
        verdict = rule.check(case)
        if isinstance(verdict, Found):
            result = Result(rule, Status(verdict.severity.value), verdict)
            # A text that wants a value the rule did not give is the rule's mistake, too.
            _ = result.message, result.fix
            return result
    except Exception as error:
        reason = text_of("DOC003", error=f"{type(error).__name__}: {error}")
        return Result(rule, Status.SKIPPED, reason=reason, crashed=True)
    if isinstance(verdict, Skipped):
        return Result(rule, Status.SKIPPED, reason=text_of(verdict.code, **verdict.values))
    return Result(rule, Status.OK)


def _why_unknown(key: str, case: Case) -> str:
    fact = case.machine.facts.get(key)
    if fact is None:
        return text_of("DOC004", key=key)
    return text_of("DOC005", key=key, reason=fact.unknown)


def reason_of(code: str, ignored: Mapping[str, str]) -> str | None:
    """Return why a code is ignored: the reason of the longest selector that it begins with."""
    fitting = [name for name in ignored if code.startswith(name.upper())]
    return ignored[max(fitting, key=len)] if fitting else None


def _folded(results: list[Result]) -> list[Result]:
    roots = {row.rule.code: row for row in results if row.found is not None and not row.ignored}
    nearest = {code: _root_of(row.rule, roots) for code, row in roots.items()}
    # Of findings that follow from each other none is the root: then each is told by itself.
    ends = {code: root for code, root in nearest.items() if root and nearest[root] is None}
    return [replace(row, root=ends.get(row.rule.code)) for row in results]


def _root_of(rule: Rule, found: Mapping[str, Result]) -> str | None:
    """Follow the chain of causes to its beginning; a circle ends where it would close."""
    root, current, seen = None, rule, {rule.code}
    while True:
        nearer = next(
            (code for code in current.follows if code in found and code not in seen), None
        )
        if nearer is None:
            return root
        root = nearer
        seen.add(nearer)
        current = found[nearer].rule


def counts(results: Sequence[Result]) -> dict[str, Any]:
    """Return how many rules came out how: status -> count. What is ignored counts as that alone."""
    ignored = [row for row in results if row.found is not None and row.ignored is not None]
    rest = [row for row in results if row not in ignored]
    by_status = {status.value: sum(row.status is status for row in rest) for status in Status}
    return {**by_status, "ignored": len(ignored)}


__all__ = ["Examination", "Result", "Severity", "Status", "counts", "examine", "reason_of"]
