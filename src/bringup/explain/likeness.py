"""Where signatures end: causes whose words are most like those of a log.

The words of a cause are those of its own patterns, title and reason; nothing is learnt from logs.
So a wording that no pattern foresaw still finds the causes that speak of the same things. It only
proposes: a log is never called a failure for it. `benchmarks/explain.py --held-out` measures it:
the signatures that match a log are taken away, and what is left must find the cause.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bringup.explain import signs
from bringup.explain.linear import compiled
from bringup.explain.model import Cause, Library

LEAST: Final = 0.08
"""Below this two texts have too little in common to be worth a word."""
_WORD: Final = re.compile(r"[a-z][a-z_]{2,40}")
_OF_TITLE: Final = 2.0
_OF_REASON: Final = 0.5
_OF_TROUBLE: Final = 6
"""What a word counts on a line that speaks of an error; 1 elsewhere."""
_OF_FACT: Final = 2
_MOST: Final = 12

Vector = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Likeness:
    """The causes' words, each with its weight: rare ones weigh more."""

    rarity: Mapping[str, float]
    vectors: Mapping[str, Vector]

    def closest(self, words: Mapping[str, float]) -> list[tuple[str, float]]:
        """Return the labels with how like they are, 0 to 1, the closest first."""
        log = _vector(words, self.rarity)
        scores = {
            label: sum(weight * vector.get(word, 0.0) for word, weight in log.items())
            for label, vector in self.vectors.items()
        }
        order = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        return [(label, score) for label, score in order if score >= LEAST]


_MADE: dict[int, tuple[Library, Likeness]] = {}


def likeness(library: Library) -> Likeness:
    """Return the words of a library's causes, worked out once."""
    made = _MADE.get(id(library))
    if made is None or made[0] is not library:
        _MADE.clear()
        made = _MADE[id(library)] = (library, _likeness(library))
    return made[1]


def _likeness(library: Library) -> Likeness:
    words = {cause.label: _of_cause(cause, library) for cause in library.causes}
    count = Counter(word for found in words.values() for word in found)
    rarity = {word: math.log(len(words) / times + 0.2) for word, times in count.items()}
    return Likeness(rarity, {label: _vector(found, rarity) for label, found in words.items()})


def words_of_log(lines: Iterable[str], facts: Mapping[str, str]) -> dict[str, float]:
    """Return the words of a log's lines (as patterns see them) and of the facts, with weights."""
    found: Counter[str] = Counter()
    patterns = [compiled(pattern.text) for pattern in signs.TROUBLE]
    for line in lines:
        times = _OF_TROUBLE if any(pattern.search(line) for pattern in patterns) else 1
        for word in set(_words(line)):
            found[word] += times
    for name, value in facts.items():
        for word in _words(f"{name} {value}"):
            found[word] += _OF_FACT
    return {word: min(times, _MOST) for word, times in found.items()}


def _of_cause(cause: Cause, library: Library) -> dict[str, float]:
    found: dict[str, float] = {}
    for signature in cause.signatures:
        literals = {
            word
            for pattern in (*signature.all, *signature.any)
            for clause in library.needs[pattern].clauses
            for text in clause
            for word in _words(text.decode("utf-8", "replace"))
        }
        for word in literals:
            found[word] = found.get(word, 0.0) + 1
    for word in _words(f"{cause.title.en} {cause.label.replace('_', ' ')}"):
        found[word] = found.get(word, 0.0) + _OF_TITLE
    for word in set(_words(cause.why.en)):
        found[word] = found.get(word, 0.0) + _OF_REASON
    return found


def _vector(words: Mapping[str, float], rarity: Mapping[str, float]) -> Vector:
    weights = {
        word: math.log1p(times) * rarity[word] for word, times in words.items() if word in rarity
    }
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
    return {word: weight / length for word, weight in weights.items()}


def _words(text: str) -> list[str]:
    found = _WORD.findall(text.lower())
    return found + [part for word in found if "_" in word for part in word.split("_") if part[2:]]
