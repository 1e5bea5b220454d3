"""What a pattern needs to match at all: literal words, read from its parse tree.

A log is mostly lines that no pattern matches. Looking up words is far cheaper than trying a
thousand patterns, so each pattern names words without which it cannot match.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from re import _constants as c  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, Final

FLAGS: Final = re.IGNORECASE | re.ASCII
"""Of all patterns. ASCII: no letter stands for one of another script, and digits are 0-9."""
WORD: Final = 4
"""Letters that make a word worth looking up."""
_LETTERS: Final = re.compile(rb"[a-z\x80-\xff]{4,}")
_SOLID: Final = re.compile(rb"[^\s'\"]{2,}")

Clause = tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Need:
    """``words``: of each clause one text must be in what is matched; of letters only.

    ``solid``: the same with any characters but blanks and quotes, for patterns without a word.
    All in lower case, UTF-8.
    """

    words: tuple[Clause, ...]
    solid: tuple[Clause, ...] = ()

    @property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses that count."""
        return self.words or self.solid


def need_of(pattern: str) -> Need:
    """Return what a pattern needs.

    Raises:
        re.error: it is not a regular expression.
    """
    tree = _parser.parse(pattern, FLAGS)
    words = _clauses(tree, _LETTERS)
    if words:
        return Need(_chosen(words))
    return Need((), _chosen(_clauses(tree, _SOLID)))


def _chosen(clauses: list[Clause]) -> tuple[Clause, ...]:
    """Return the clauses, each once, the most telling first."""
    return tuple(sorted(dict.fromkeys(clauses), key=lambda clause: (-_worth(clause), clause)))


def _worth(clause: Clause) -> float:
    return min(map(len, clause)) - 0.5 * (len(clause) - 1)


def _clauses(tree: Iterable[Any], kind: re.Pattern[bytes]) -> list[Clause]:
    found: list[Clause] = []
    run: list[str] = []
    _walk(tree, kind, found, run)
    _flush(kind, found, run)
    return found


def _flush(kind: re.Pattern[bytes], found: list[Clause], run: list[str]) -> None:
    text = "".join(run).lower().encode("utf-8", "replace")
    run.clear()
    found.extend((word,) for word in kind.findall(text))


def _walk(
    tree: Iterable[Any], kind: re.Pattern[bytes], found: list[Clause], run: list[str]
) -> None:
    for op, value in tree:
        if op is c.LITERAL:
            run.append(chr(value))
        elif op is c.SUBPATTERN:
            _walk(value[3], kind, found, run)
        elif op is c.ATOMIC_GROUP:
            _walk(value, kind, found, run)
        elif op is c.AT or op is c.ASSERT_NOT:
            continue
        elif op is c.ASSERT:
            found.extend(_clauses(value[1], kind))
        elif op is c.IN and (letter := _only_letter(value)):
            run.append(letter)
        else:
            _flush(kind, found, run)
            if op in {c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT} and value[0] >= 1:
                found.extend(_clauses(value[2], kind))
            elif op is c.BRANCH:
                found.extend(_of_branch(value[1], kind))


def _only_letter(items: list[Any]) -> str | None:
    """Return the letter of a set such as ``[Cc]``."""
    if any(op is not c.LITERAL for op, _ in items):
        return None
    letters = {chr(value).lower() for _, value in items if value < 128}
    return letters.pop() if len(letters) == 1 and all(v < 128 for _, v in items) else None


def _of_branch(branches: list[Any], kind: re.Pattern[bytes]) -> list[Clause]:
    best: list[bytes] = []
    for branch in branches:
        clauses: list[Clause] = _clauses(branch, kind)
        if not clauses:
            return []
        best.extend(sorted(clauses, key=_worth)[-1])
    return [tuple(dict.fromkeys(best))]
