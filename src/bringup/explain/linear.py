"""Patterns whose time is linear in the length of a line, whatever the line says.

Python's engine goes back and tries again, so a careless pattern can take hours on a line that
somebody made for it. Two things prevent that. Repetitions without an end get one when a pattern
is compiled. And the work that one place of a line can cause is estimated from the pattern's parse
tree; a pattern that can cause too much is refused when its file is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from re import _compiler, _parser  # type: ignore[attr-defined]
from re import _constants as c  # type: ignore[attr-defined]
from typing import Any, Final

from bringup.explain.words import FLAGS

REPEAT: Final = 256
"""The most that ``*`` and ``+`` repeat: longer words are no part of a message."""
NESTED: Final = 48
"""The same for a repetition inside another one, and for the outer one."""
WORK: Final = 10**10
"""Steps that one place of a line may cause by the estimate, which is far above what any text can
cause: more than this comes only from choices inside choices."""
_ALL: Final = (1 << 129) - 1
_OTHERS: Final = 1 << 128
"""The bit of all characters outside ASCII."""
_REPEATS: Final = {c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT}

Items = Sequence[Any]


class NotLinearError(ValueError):
    """A pattern can take too long; the message says why."""


def compiled(pattern: str, repeat: int = REPEAT) -> re.Pattern[str]:
    """Compile a pattern with an end to its repetitions."""
    return _compiler.compile(bounded(pattern, repeat), FLAGS)  # type: ignore[no-any-return]


def bounded(pattern: str, repeat: int = REPEAT) -> Any:
    """Return the parse tree of a pattern in which nothing repeats for ever."""
    tree = _parser.parse(pattern, FLAGS)
    _bound(tree, repeat)
    return tree


def _bound(tree: Any, repeat: int) -> None:
    for index, (op, value) in enumerate(tree):
        if op in _REPEATS:
            low, high, body = value
            inside = repeat if high == 1 else min(repeat, NESTED)
            limit = repeat if _is_single(body) else inside
            if high is c.MAXREPEAT or high > limit:
                tree[index] = (op, (low, max(low, limit), body))
            _bound(body, inside)
        elif op is c.SUBPATTERN:
            _bound(value[3], repeat)
        elif op is c.BRANCH:
            for branch in value[1]:
                _bound(branch, repeat)
        elif op in {c.ASSERT, c.ASSERT_NOT}:
            _bound(value[1], repeat)
        elif op is c.ATOMIC_GROUP:
            _bound(value, repeat)


def _is_single(body: Any) -> bool:
    return len(body) == 1 and body[0][0] in _SETS


def check_linear(pattern: str) -> int:
    """Return an upper estimate of the steps that one place of a line causes.

    Raises:
        NotLinearError: they are too many, or cannot be told.
        re.error: it is not a regular expression.
    """
    work = _work(list(bounded(pattern)), _Rest(1, 0, 0)).work
    if work > WORK:
        raise NotLinearError(f"up to {work} steps for each character, {WORK} are allowed")
    return work


@dataclass(frozen=True, slots=True)
class _Rest:
    """What comes after an item: its work, the characters it can begin with, its literal head."""

    work: int
    first: int
    head: int


def _work(items: Items, rest: _Rest) -> _Rest:
    for op, value in reversed(items):
        rest = _HANDLERS.get(op, _unknown)(op, value, rest)
    return rest


def _unknown(op: Any, _: Any, __: _Rest) -> _Rest:
    raise NotLinearError(f"{str(op).lower()} is not allowed")


def _literal(_: Any, value: Any, rest: _Rest) -> _Rest:
    return _Rest(rest.work + 1, _bit(value), rest.head + 1)


def _set(op: Any, value: Any, rest: _Rest) -> _Rest:
    return _Rest(rest.work + 1, _mask(op, value), 1)


def _place(_: Any, __: Any, rest: _Rest) -> _Rest:
    return _Rest(rest.work + 1, rest.first, rest.head)


def _look(_: Any, value: Any, rest: _Rest) -> _Rest:
    inner = _work(list(value[1]), _Rest(1, 0, 0))
    return _Rest(rest.work + inner.work, rest.first, rest.head)


def _group(_: Any, value: Any, rest: _Rest) -> _Rest:
    return _work(list(value[3]), rest)


def _atomic(_: Any, value: Any, rest: _Rest) -> _Rest:
    return _work(list(value), rest)


def _branch(_: Any, value: Any, rest: _Rest) -> _Rest:
    branches: list[Items] = [list(branch) for branch in value[1]]
    first = 0
    for branch in branches:
        mask, nullable = _first(branch)
        first |= mask | (rest.first if nullable else 0)
    own = [_work(branch, _Rest(1, rest.first, rest.head)) for branch in branches]
    whole = sorted((_work(branch, rest).work for branch in branches), reverse=True)
    work = sum(part.work for part in own) + sum(whole[: _at_one_place(branches)])
    return _Rest(work, first, min(part.head for part in own))


def _at_one_place(branches: list[Items]) -> int:
    """Return how many of the branches can match at the same place of a text."""
    heads = [_head(branch) for branch in branches]
    return max(
        sum(all(bool(a & b) for a, b in zip(head, other, strict=False)) for other in heads)
        for head in heads
    )


def _head(items: Items) -> Items:
    """Return what the first characters can be, as far as each is exactly one character."""
    found = []
    for op, value in _flat(items):
        if op not in _SETS:
            break
        found.append(_mask(op, value))
    return found


def _repeat(op: Any, value: Any, rest: _Rest) -> _Rest:
    low, high, body = value[0], min(int(value[1]), REPEAT), list(value[2])
    mask, nullable = _first(body)
    first = mask | (rest.first if low == 0 or nullable else 0)
    clash = bool(mask & rest.first) or rest.head == 0
    again = rest.work if op is not c.POSSESSIVE_REPEAT else 1
    if _is_single(body):
        places = (high - low) // max(1, rest.head) + 1 if clash else 1
        return _Rest(2 * high + places * again, first, 1 if low else min(1, rest.head))
    if high <= 1:
        inner = _work(body, rest)
        head = inner.head if low else min(inner.head, rest.head)
        return _Rest(inner.work + (0 if low else rest.work), first, head)
    if nullable or not _told_apart(body):
        raise NotLinearError("a repetition inside a repetition that can share its text differently")
    once = _work(body, _Rest(1, 0, 0)).work
    places = high - low + 1 if clash else 1
    return _Rest(2 * high * once + places * again, first, 1 if low else min(1, rest.head))


def _told_apart(body: Items) -> bool:
    """Say whether a text can be cut into rounds of a repetition in one way only.

    So it is when a round begins or ends with a character that nothing of changing length in it
    can hold.
    """
    flat = _flat(body)
    changing = 0
    for op, value in flat:
        if op in _REPEATS and value[0] != value[1]:
            changing |= _chars(list(value[2]))
        elif op is c.BRANCH:
            changing |= _chars([(op, value)])
    ends = [flat[0], flat[-1]]
    return changing == 0 or any(item[0] in _SETS and not _mask(*item) & changing for item in ends)


def _flat(items: Items) -> list[Any]:
    found: list[Any] = []
    for op, value in items:
        if op is c.SUBPATTERN:
            found.extend(_flat(list(value[3])))
        elif op is c.ATOMIC_GROUP:
            found.extend(_flat(list(value)))
        elif op not in {c.AT, c.ASSERT, c.ASSERT_NOT}:
            found.append((op, value))
    return found or [(c.BRANCH, (None, []))]


def _chars(items: Items) -> int:
    """Return all characters that items can hold."""
    found = 0
    for op, value in _flat(items):
        if op in _SETS:
            found |= _mask(op, value)
        elif op in _REPEATS:
            found |= _chars(list(value[2]))
        elif op is c.BRANCH:
            for branch in value[1]:
                found |= _chars(list(branch))
        else:
            return _ALL
    return found


def _first(items: Iterable[Any]) -> tuple[int, bool]:
    """Return the characters that items can begin with, and whether they can be empty."""
    found = 0
    for op, value in _flat(list(items)):
        if op in _SETS:
            return found | _mask(op, value), False
        if op in _REPEATS:
            mask, nullable = _first(list(value[2]))
            found |= mask
            if value[0] > 0 and not nullable:
                return found, False
        elif op is c.BRANCH:
            parts = [_first(list(branch)) for branch in value[1]]
            for mask, _ in parts:
                found |= mask
            if parts and not any(nullable for _, nullable in parts):
                return found, False
        else:
            return _ALL, True
    return found, True


def _mask(op: Any, value: Any) -> int:
    """Return the characters of a literal, a set, or any character, as bits."""
    if op is c.LITERAL:
        return _bit(value)
    if op is c.NOT_LITERAL:
        return _ALL & ~(_bit(value) & ~_OTHERS)
    if op is c.ANY:
        return _ALL
    found = 0
    negated = False
    for kind, part in value:
        if kind is c.NEGATE:
            negated = True
        elif kind is c.LITERAL:
            found |= _bit(part)
        elif kind is c.RANGE:
            for code in range(part[0], min(part[1], 128) + 1):
                found |= _bit(code)
        elif kind is c.CATEGORY:
            found |= _category(part)
        else:
            return _ALL
    # A set that leaves out some letters of another script still holds the others.
    return (_ALL & ~found) | _OTHERS if negated else found


def _bit(code: int) -> int:
    if code >= 128:
        return _OTHERS
    char = chr(code)
    return 1 << ord(char.lower()) | 1 << ord(char.upper())


@cache
def _category(name: Any) -> int:
    letter = {
        c.CATEGORY_DIGIT: r"\d",
        c.CATEGORY_NOT_DIGIT: r"\D",
        c.CATEGORY_SPACE: r"\s",
        c.CATEGORY_NOT_SPACE: r"\S",
        c.CATEGORY_WORD: r"\w",
        c.CATEGORY_NOT_WORD: r"\W",
    }[name]
    test = re.compile(letter, re.ASCII)
    mask = sum(1 << code for code in range(128) if test.match(chr(code)))
    return mask | (_OTHERS if test.match("é") else 0)


_SETS: Final = {c.LITERAL, c.NOT_LITERAL, c.IN, c.ANY}
_HANDLERS: Final[dict[Any, Callable[[Any, Any, _Rest], _Rest]]] = {
    c.LITERAL: _literal,
    c.NOT_LITERAL: _set,
    c.IN: _set,
    c.ANY: _set,
    c.AT: _place,
    c.ASSERT: _look,
    c.ASSERT_NOT: _look,
    c.SUBPATTERN: _group,
    c.ATOMIC_GROUP: _atomic,
    c.BRANCH: _branch,
    c.MAX_REPEAT: _repeat,
    c.MIN_REPEAT: _repeat,
    c.POSSESSIVE_REPEAT: _repeat,
}
