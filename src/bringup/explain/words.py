"""The words that a pattern cannot match without: what spares searching for most of them.

A text is looked through as a set of lower-case words; a pattern is tried only where all of its
words are there. Words are runs of ASCII letters, four or more.
"""

from __future__ import annotations

import re
from functools import cache
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, Final

_LEAST: Final = 4
_TABLE: Final = bytes(
    code if 97 <= code <= 122 else code + 32 if 65 <= code <= 90 else 32 for code in range(256)
)
"""Letters to lower case, all else to blanks."""
_GAP: Final = " "


def words_of(text: bytes) -> frozenset[bytes]:
    """Return the lower-case words of a text."""
    return frozenset(text.translate(_TABLE).split())


@cache
def needed_words(pattern: str) -> frozenset[bytes]:
    """Return words that stand in whatever ``pattern`` matches.

    A run of letters at the edge of the pattern, or beside something that may be a letter, may be
    a part of a longer word, so only runs that are bounded on both sides count.
    """
    text = _literal(parser.parse(pattern, re.IGNORECASE))
    found = set()
    for match in re.finditer(r"(?<![a-z\x00])[a-z]+(?![a-z\x00])", text):
        if len(match[0]) >= _LEAST:
            found.add(match[0].encode())
    return frozenset(found)


def _literal(tree: Any) -> str:
    """Return what must be matched as text: unknown parts as NUL, blanks for what is no letter.

    NUL marks what may be letters: the edges of the pattern, repetitions, sets, alternatives.
    """
    return "\x00" + _walk(tree) + "\x00"


def _walk(tree: Any) -> str:
    return "".join(_part(code, value) for code, value in tree)


def _part(code: Any, value: Any) -> str:
    if code is op.LITERAL:
        letter = chr(value)
        return letter.lower() if letter.isascii() and letter.isalpha() else _GAP
    if code is op.SUBPATTERN:
        return _walk(value[-1])
    if code is op.AT:
        # A boundary of words or lines bounds a run of letters.
        return _GAP
    if code in {op.MAX_REPEAT, op.MIN_REPEAT, getattr(op, "POSSESSIVE_REPEAT", None)}:
        low, _, inner = value
        if _never_letter(inner):
            return _GAP
        return _walk(inner) + "\x00" if low >= 1 else "\x00"
    if code in {op.ASSERT, op.ASSERT_NOT}:
        return "\x00"
    if code is op.IN:
        return _GAP if _never_letter([(code, value)]) else "\x00"
    return "\x00"


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
        return value in {op.CATEGORY_DIGIT, op.CATEGORY_SPACE, op.CATEGORY_NOT_WORD}
    return False
