"""From matches to ranked causes: weights, conditions, and which cause is the root of which."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bringup.explain.causes import KnownCause, Pattern, Signature
from bringup.explain.conditions import Scene
from bringup.explain.match import Hit, Matches
from bringup.explain.model import Line

THRESHOLD: Final = 0.5
"""From this confidence on a cause makes a log a failure."""
_MOST: Final = 0.99
_ECHO: Final = 0.45
"""What is left of a cause that another one in the log explains."""
_FOLLOWER: Final = 0.6
"""What is left of a signature that is only an echo, when some other cause is shown in full."""
_SECOND: Final = 0.15
"""How much of what is missing to certainty a further signature of the same cause adds."""
_DECISIVE: Final = 0.9
"""A signature from this weight on counts even where its lines are known as harmless."""


@dataclass(slots=True)
class Candidate:
    """A cause that a log shows."""

    cause: KnownCause
    confidence: float
    lines: tuple[Line, ...]
    values: dict[str, str]
    echo: bool
    """Shown only by signatures that are echoes."""
    follows: tuple[str, ...] = field(default=())

    @property
    def first(self) -> int:
        """The number of the first line that shows it."""
        return min((line.number for line in self.lines), default=0)


def ranked(
    causes: Iterable[KnownCause],
    matches: Matches,
    scene: Scene,
    harmless_lines: frozenset[int] = frozenset(),
) -> list[Candidate]:
    """Return the causes that the matches show, the likeliest first.

    Args:
        causes: the known ones.
        matches: which patterns matched where.
        scene: facts of the machine, and what the log tells of its surroundings.
        harmless_lines: numbers of lines that are known to mean nothing.
    """
    found = [
        candidate
        for cause in causes
        if (candidate := _candidate(cause, matches, scene, harmless_lines)) is not None
    ]
    _lower_echoes(found)
    return sorted(found, key=lambda row: (-round(row.confidence, 3), row.first, row.cause.label))


def _candidate(
    cause: KnownCause, matches: Matches, scene: Scene, harmless_lines: frozenset[int]
) -> Candidate | None:
    shown: list[tuple[float, bool, list[Hit]]] = []
    for signature in cause.signatures:
        hits = hits_of(signature, matches)
        if hits is None:
            continue
        values = {**scene.values, **_values(hits)}
        weight = weight_of(signature, Scene(values, scene.surroundings))
        if weight is None:
            continue
        quiet = weight < _DECISIVE and all(hit.line.number in harmless_lines for hit in hits)
        if not quiet:
            shown.append((weight, signature.follow, hits))
    if not shown:
        return None
    shown.sort(key=lambda row: -row[0])
    confidence = shown[0][0]
    for weight, _, _ in shown[1:]:
        confidence += (_MOST - confidence) * _SECOND * weight
    every = [hit for _, _, hits in shown for hit in hits]
    lines = {hit.line.number: hit.line for hit in every}
    return Candidate(
        cause,
        max(0.0, min(_MOST, confidence)),
        tuple(lines[number] for number in sorted(lines)),
        _values([hit for _, _, hits in shown[:1] for hit in hits] + every),
        echo=all(follow for _, follow, _ in shown),
    )


def hits_of(signature: Signature, matches: Matches) -> list[Hit] | None:
    """Return what matched of a signature, None when it does not hold."""
    if any(matches.of(pattern) for pattern in signature.none):
        return None
    every = [matches.of(pattern) for pattern in signature.all]
    some = [hits for pattern in signature.any if (hits := matches.of(pattern))]
    if not all(every) or (signature.any and not some):
        return None
    if signature.near and not _close(every, some, signature.near):
        return None
    return [hit for hits in (*every, *some) for hit in hits[:2]]


def _close(every: Sequence[Sequence[Hit]], some: Sequence[Sequence[Hit]], near: int) -> bool:
    """Say whether the matches lie within ``near`` lines of a match of the first pattern."""
    groups = [*every, [hit for hits in some for hit in hits]] if some else list(every)
    return any(
        all(any(abs(hit.line.number - at) <= near for hit in group) for group in groups[1:])
        for at in (hit.line.number for hit in groups[0])
    )


def weight_of(signature: Signature, scene: Scene) -> float | None:
    """Return the weight under the conditions, None when one that must hold does not."""
    if not all(condition.holds(scene) for condition in signature.when):
        return None
    return signature.weight + sum(
        weight for condition, weight in signature.plus if condition.holds(scene)
    )


def _values(hits: Iterable[Hit]) -> dict[str, str]:
    """Return the values caught, the first of a name counts."""
    values: dict[str, str] = {}
    for hit in hits:
        for name, value in hit.values.items():
            values.setdefault(name, value)
    return values


def _lower_echoes(found: list[Candidate]) -> None:
    strong = {row.cause.label for row in found if row.confidence >= THRESHOLD}
    full = any(not row.echo and row.confidence >= THRESHOLD for row in found)
    follows: Mapping[str, tuple[str, ...]] = {
        row.cause.label: tuple(
            label for label in row.cause.follows if label in strong and label != row.cause.label
        )
        for row in found
    }
    for row in found:
        # Two causes that name each other: neither is the echo.
        roots = tuple(
            label for label in follows[row.cause.label] if row.cause.label not in follows[label]
        )
        if roots:
            row.follows = roots
            row.confidence *= _ECHO
        elif row.echo and full:
            row.confidence *= _FOLLOWER


def harmless_hits(
    signatures: Iterable[Signature], matches: Matches, scene: Scene
) -> Iterator[tuple[Signature, Hit]]:
    """Yield what is known to mean nothing, with the lines that show it."""
    for signature in signatures:
        hits = hits_of(signature, matches)
        if hits is not None and weight_of(signature, scene) is not None:
            yield from ((signature, hit) for hit in hits)


def patterns_of(causes: Iterable[KnownCause]) -> frozenset[Pattern]:
    """Return the patterns of some causes."""
    return frozenset(
        pattern for cause in causes for row in cause.signatures for pattern in row.patterns
    )
