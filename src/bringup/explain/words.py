"""The words that a pattern cannot match without: what spares searching for most of them.

A text is looked through as a set of lower-case words; a pattern is tried only where the words of
one of its alternatives are there. Words are runs of ASCII letters, three or more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

Words = frozenset[bytes]

_LEAST: Final = 3
_MOST_ALTERNATIVES: Final = 96
_TABLE: Final = bytes(
    code if 97 <= code <= 122 else code + 32 if 65 <= code <= 90 else 32 for code in range(256)
)
"""Letters to lower case, all else to blanks."""
_GAP: Final = "\x01"
"""What is no letter, whichever character it is."""
_GAPS: Final = re.compile(r"(?<!\\)\.\{\d+,\d+\}")
_NO_LETTER_BEFORE: Final = "(?<![a-z])"
_NO_LETTER_AFTER: Final = "(?![a-z])"
_OPEN: Final = "\x00"
"""What may be letters: repetitions, sets, any character."""
_WORD: Final = re.compile(rf"(?<![a-z{_OPEN}])[a-z]{{{_LEAST},}}(?![a-z{_OPEN}])")


def words_of(text: bytes) -> Words:
    """Return the lower-case words of a text."""
    return frozenset(text.translate(_TABLE).split())


def bounded(pattern: str) -> str:
    """Return a pattern that begins and ends at boundaries of words, its gaps (.{0,9}) as well."""
    inner = _GAPS.sub(rf"{_NO_LETTER_AFTER}\g<0>{_NO_LETTER_BEFORE}", pattern)
    return f"{_NO_LETTER_BEFORE}(?:{inner}){_NO_LETTER_AFTER}"


@cache
def needed_words(pattern: str) -> tuple[Words, ...]:
    """Return sets of words: whatever ``pattern`` matches holds all words of one of them.

    Patterns match on the boundaries of words, so a run of letters at an edge is a word.
    """
    texts = _expanded(parser.parse(pattern, re.IGNORECASE)) or [_OPEN]
    found = {frozenset(word.encode() for word in _WORD.findall(text)) for text in texts}
    # A set that holds another one says nothing more.
    return tuple(row for row in found if not any(other < row for other in found))


def _expanded(tree: Iterable[Any]) -> list[str]:
    """Return all texts that a pattern stands for, with marks for what is open; [] if too many."""
    texts = [""]
    for code, value in tree:
        parts = _part(code, value)
        if len(texts) * len(parts) > _MOST_ALTERNATIVES:
            parts = [_OPEN]
        texts = [text + part for text in texts for part in parts]
    return texts


def _part(code: Any, value: Any) -> list[str]:
    if code is op.LITERAL:
        letter = chr(value)
        return [letter.lower() if letter.isascii() else _OPEN]
    if code is op.SUBPATTERN:
        return _expanded(value[-1])
    if code is op.BRANCH:
        return [text for branch in value[1] for text in _expanded(branch)]
    if code is op.AT:
        # A boundary of words or lines bounds a run of letters.
        return [_GAP]
    if code in {op.MAX_REPEAT, op.MIN_REPEAT}:
        return _repeated(*value)
    if code in {op.ASSERT, op.ASSERT_NOT}:
        return [""]
    if code is op.IN:
        return [_GAP] if _never_letter([(code, value)]) else [_OPEN]
    return [_OPEN]


def _repeated(low: int, high: int, inner: Any) -> list[str]:
    if _never_letter(inner):
        return [_GAP] if low else ["", _GAP]
    once = _expanded(inner)
    if (low, high) == (0, 1):
        return ["", *once]
    if high > 1 and inner[0][0] is op.ANY:
        # ``bounded`` lets a gap begin and end at the boundaries of words.
        return [_GAP]
    if low == 0:
        return [_OPEN]
    return [f"{text}{_OPEN}" if high > 1 else text for text in once]


def _never_letter(tree: Any) -> bool:
    return all(_is_no_letter(code, value) for code, value in tree)


def _is_no_letter(code: Any, value: Any) -> bool:
    if code is op.LITERAL:
        return not chr(value).isalpha()
    if code is op.IN:
        return all(_set_part_is_no_letter(*part) for part in value)
    if code is op.SUBPATTERN:
        return _never_letter(value[-1])
    return False


def _set_part_is_no_letter(code: Any, value: Any) -> bool:
    if code is op.LITERAL:
        return not chr(value).isalpha()
    if code is op.RANGE:
        return not any(chr(letter).isalpha() for letter in range(value[0], min(value[1], 255) + 1))
    if code is op.CATEGORY:
        return value in {op.CATEGORY_DIGIT, op.CATEGORY_SPACE}
    return False


@cache
def needed_texts(pattern: str) -> tuple[bytes, ...]:
    """Return texts, one of which stands in lower case in whatever ``pattern`` matches.

    For the few patterns without a word that is needed; none when anything may match.
    """
    texts = _expanded(parser.parse(pattern, re.IGNORECASE)) or [_OPEN]
    longest = {max(re.split(rf"[{_OPEN}{_GAP}]", text), key=len) for text in texts}
    return () if "" in longest else tuple(text.encode() for text in longest)


class WordIndex:
    """Patterns by the words that they need."""

    def __init__(self, patterns: Iterable[tuple[Any, str]]) -> None:
        """Take patterns as (what to give back, source)."""
        self._by_word: dict[bytes, list[tuple[Any, Words]]] = {}
        self._by_text: list[tuple[Any, tuple[bytes, ...]]] = []
        for pattern, source in patterns:
            alternatives = needed_words(source)
            if not all(alternatives):
                self._by_text.append((pattern, needed_texts(source)))
                continue
            for words in alternatives:
                # The longest word is the rarest.
                rarest = max(words, key=lambda word: (len(word), word))
                self._by_word.setdefault(rarest, []).append((pattern, words))

    def candidates(self, text: str) -> dict[Any, Words]:
        """Return the patterns that can match in a text, each with words to look for.

        A line that such a pattern matches, or begins to match, holds one of them; no words: any
        line may.
        """
        raw = text.encode("utf-8", "replace")
        words = words_of(raw)
        found: dict[Any, set[bytes]] = {}
        for word in self._by_word.keys() & words:
            for pattern, needed in self._by_word[word]:
                if needed <= words:
                    found.setdefault(pattern, set()).add(word)
        rows = {pattern: frozenset(marks) for pattern, marks in found.items()}
        if found:
            # These tell of a log's surroundings or decide between causes that have words.
            lower = raw.lower()
            rows |= {
                pattern: frozenset()
                for pattern, texts in self._by_text
                if not texts or any(part in lower for part in texts)
            }
        return rows
