"""From matches to candidates: which signatures hold, with which values, how surely."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from typing import Final

from bringup.explain.model import Cause, Harmless, Library, Pattern, Signature
from bringup.explain.scan import Hit, Hits

WEAK: Final = 0.9
"""Signatures below this do not count on lines that a harmless text explains."""
COMBINATIONS: Final = 64
"""Ways to combine the matches of a signature's patterns that are tried."""
ECHO: Final = 0.55
"""What is left of the weight of a mere echo when another cause has a text of its own."""
MORE: Final = 0.02
"""What each further signature that holds adds."""

_CODE: Final = re.compile(
    r"(?:-+> ?)?(?:\d+ )?(?:raise |return |warnings\.warn\(|assert |msg = |\(?f['\"])"
)

Found = Mapping[Pattern, Hits]


@dataclass(frozen=True, slots=True)
class Match:
    """A signature that holds: its weight with all adjustments, the lines, the values."""

    signature: Signature
    weight: float
    hits: tuple[Hit, ...]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cause with the signatures that hold, the best first."""

    cause: Cause
    matches: tuple[Match, ...]
    score: float

    @property
    def best(self) -> Match:
        """The signature that counts."""
        return self.matches[0]

    @property
    def echo(self) -> bool:
        """Nothing but echoes speak for it."""
        return all(match.signature.follow for match in self.matches)

    @property
    def first_line(self) -> int:
        """The first line that shows it."""
        return min(hit.number for hit in self.best.hits)

    @property
    def last_line(self) -> int:
        """The last line that shows it."""
        return max(hit.number for match in self.matches for hit in match.hits)


@dataclass(frozen=True, slots=True)
class Calm:
    """A harmless text that was found, with its lines."""

    harmless: Harmless
    hits: tuple[Hit, ...]


def calm_parts(library: Library, found: Found, facts: Mapping[str, str]) -> tuple[Calm, ...]:
    """Return the harmless texts that were found."""
    calm = []
    for harmless in library.harmless:
        match = next(_matches(harmless.signature, found, facts), None)
        if match is not None:
            patterns = (*harmless.signature.all, *harmless.signature.any)
            hits = [hit for pattern in patterns for hit in found.get(pattern, ())]
            calm.append(Calm(harmless, tuple(hits)))
    return tuple(calm)


def candidates(
    library: Library,
    found: Found,
    facts: Mapping[str, str],
    here: Mapping[str, str],
    calm: tuple[Calm, ...],
) -> list[Candidate]:
    """Return the causes that have a signature that holds, not yet ranked against each other.

    ``facts`` belong to the log; ``here`` to this machine, from which the log need not be: they
    serve where the log's own are silent, and then a signature counts a little less.
    """
    sure = {hit.number for part in calm if part.harmless.sure for hit in part.hits}
    settled = _without(found, sure)
    troubled = _without(found, {hit.number for part in calm for hit in part.hits})
    known = {**here, **facts}
    result = []
    for cause in library.causes:
        matches = []
        for signature in cause.signatures:
            texts = settled if signature.weight >= WEAK else troubled
            match = next(_matches(signature, texts, facts), None)
            if match is None and here:
                match = next(_matches(signature, texts, known, discount=0.9), None)
            if match is not None and match.weight > 0:
                matches.append(match)
        if matches:
            matches.sort(key=lambda match: (match.signature.follow, -match.weight))
            best = max(match.weight for match in matches)
            more = len({match.signature for match in matches}) - 1
            result.append(Candidate(cause, tuple(matches), min(0.99, best + MORE * min(more, 3))))
    return result


def _without(found: Found, numbers: set[int]) -> dict[Pattern, Hits]:
    if not numbers:
        return dict(found)
    rest = {}
    for pattern, hits in found.items():
        kept = [hit for hit in hits if hit.number not in numbers]
        if kept:
            rest[pattern] = Hits(kept, kept[-1], hits.count)
    return rest


def _matches(
    signature: Signature, found: Found, facts: Mapping[str, str], discount: float = 1.0
) -> Iterator[Match]:
    """Give the ways in which a signature holds, the first lines first."""
    if any(pattern not in found for pattern in signature.all):
        return
    some = [pattern for pattern in signature.any if pattern in found]
    if signature.any and not some:
        return
    if any(pattern in found for pattern in signature.none):
        return
    groups: list[list[Hit]] = [_said_first(found[pattern]) for pattern in signature.all]
    if some:
        groups.append(_said_first(hit for pattern in some for hit in found[pattern]))
    for hits in islice(product(*groups), COMBINATIONS):
        numbers = [hit.number for hit in hits]
        if signature.near and max(numbers) - min(numbers) > signature.near:
            continue
        values = _merged(hits)
        names = {**facts, **values}
        if all(condition.holds(names) for condition in signature.when):
            extra = sum(part.weight for part in signature.plus if part.when.holds(names))
            weight = max(0.0, min(0.99, signature.weight + extra)) * discount
            yield Match(signature, weight, hits, values)


def _said_first(hits: Iterable[Hit]) -> list[Hit]:
    """Return matches, those last that are code which a traceback shows, not what it says."""
    return sorted(hits, key=lambda hit: is_code(hit.text))


def is_code(text: str) -> bool:
    """Say whether a line is code that a traceback shows."""
    return _CODE.match(text) is not None


def _merged(hits: Iterable[Hit]) -> dict[str, str]:
    values: dict[str, str] = {}
    for hit in hits:
        for name, value in hit.values.items():
            values.setdefault(name, value)
    return values
