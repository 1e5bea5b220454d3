"""Causes against each other: the root before what follows from it, and the verdict."""

from __future__ import annotations

from typing import Final, Literal

from bringup.explain.judge import ECHO, Calm, Candidate
from bringup.explain.outcome import Outcome

Verdict = Literal["failure", "benign", "unknown"]
THRESHOLD: Final = 0.5
"""From here on a cause is named as what failed."""
WORTH_SHOWING: Final = 0.15
OVER: Final = 0.4
"""What is left of the confidence in a cause when the log shows that it was got over."""
_BELOW: Final = 0.9
"""An echo's confidence is at most this part of its root's."""


_UNKNOWN: Final = Outcome()


def ranked(found: list[Candidate], outcome: Outcome = _UNKNOWN) -> list[tuple[Candidate, float]]:
    """Return the causes with their confidence, 0 to 1, the likeliest first."""
    confidence = {candidate.cause.label: _alone(candidate, found) for candidate in found}
    for candidate in _roots_first(found):
        label = candidate.cause.label
        roots = [
            confidence[other]
            for other in candidate.cause.follows
            if confidence.get(other, 0) >= THRESHOLD
        ]
        if roots:
            confidence[label] = min(confidence[label], max(roots) * _BELOW)
    for candidate in found:
        if outcome.over(candidate.last_line, candidate.cause.ending):
            confidence[candidate.cause.label] *= OVER
    order = sorted(
        found,
        key=lambda candidate: (
            -round(confidence[candidate.cause.label], 4),
            -_told(candidate),
            candidate.first_line,
            candidate.cause.label,
        ),
    )
    return [
        (candidate, confidence[candidate.cause.label])
        for candidate in order
        if confidence[candidate.cause.label] >= WORTH_SHOWING
    ]


def verdict_of(
    order: list[tuple[Candidate, float]], calm: tuple[Calm, ...], troubled: bool
) -> Verdict:
    """Return what the log is: ``troubled`` says whether unexplained lines speak of an error."""
    if order and order[0][1] >= THRESHOLD:
        return "failure"
    if troubled:
        return "unknown"
    return "benign" if calm or not order else "unknown"


def _alone(candidate: Candidate, found: list[Candidate]) -> float:
    """Return the confidence before roots and echoes are told apart."""
    own = [match.weight for match in candidate.matches if not match.signature.follow]
    others = any(not other.echo for other in found if other is not candidate)
    if others and candidate.echo:
        return candidate.score * ECHO
    if others and own and candidate.score - max(own) > 0.1:
        return max(*own, candidate.score * ECHO)
    return candidate.score


def _told(candidate: Candidate) -> int:
    """Return how many characters of the log speak for it: the longer text is the more special."""
    return sum(len(pattern.text) for pattern in candidate.best.signature.all)


def _roots_first(found: list[Candidate]) -> list[Candidate]:
    by_label = {candidate.cause.label: candidate for candidate in found}
    done: dict[str, Candidate] = {}

    def visit(label: str, depth: int) -> None:
        if label in done or label not in by_label or depth > len(by_label):
            return
        for other in by_label[label].cause.follows:
            visit(other, depth + 1)
        done[label] = by_label[label]

    for label in by_label:
        visit(label, 0)
    return list(done.values())
