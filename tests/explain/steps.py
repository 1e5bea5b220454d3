"""A backtracking matcher that counts its steps: how a pattern's work grows can be measured exactly.

It follows the parse tree as Python's engine does, without that engine's shortcuts.
"""

import re
import string
from re import _constants as c

from bringup.explain.linear import bounded

REPEAT = 8
"""Repetitions are cut to this, so that growth shows on short texts."""


class Steps:
    def __init__(self, pattern):
        self.items = list(bounded(pattern, REPEAT))
        _cut(self.items)
        self.count = 0

    def of_search(self, text):
        """Return the steps that a search takes which finds nothing: every way is tried."""
        self.count = 0
        for start in range(len(text) + 1):
            self._items(self.items, 0, text, start, lambda _: False)
        return self.count

    def _items(self, items, index, text, at, then):  # noqa: PLR0911 - one return per form
        self.count += 1
        if index == len(items):
            return then(at)
        op, value = items[index]
        go_on = lambda place: self._items(items, index + 1, text, place, then)  # noqa: E731
        if op in {c.LITERAL, c.NOT_LITERAL, c.IN, c.ANY}:
            return at < len(text) and _holds(op, value, text[at]) and go_on(at + 1)
        if op is c.SUBPATTERN:
            return self._items(list(value[3]), 0, text, at, go_on)
        if op is c.ATOMIC_GROUP:
            return self._items(list(value), 0, text, at, go_on)
        if op is c.BRANCH:
            return any(self._items(list(part), 0, text, at, go_on) for part in value[1])
        if op in {c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT}:
            return self._repeat(value, 0, text, at, go_on)
        # Looks around and anchors hold or not; here they always do, so all that follows is tried.
        return go_on(at)

    def _repeat(self, value, done, text, at, go_on):
        low, high, body = value
        again = lambda place: (  # noqa: E731
            (place > at or done < low) and self._repeat(value, done + 1, text, place, go_on)
        )
        if done < high and self._items(list(body), 0, text, at, again):
            return True
        return done >= low and go_on(at)


def _cut(items):
    for index, (op, value) in enumerate(items):
        if op in {c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT}:
            low, high, body = value
            _cut(body)
            items[index] = (op, (min(low, REPEAT), min(int(high), REPEAT), body))
        elif op is c.SUBPATTERN:
            _cut(value[3])
        elif op is c.BRANCH:
            for branch in value[1]:
                _cut(branch)
        elif op is c.ATOMIC_GROUP:
            _cut(value)


def _holds(op, value, char):
    if op is c.LITERAL:
        return chr(value).lower() == char.lower()
    if op is c.NOT_LITERAL:
        return chr(value).lower() != char.lower()
    if op is c.ANY:
        return True
    return any(_in_set(value, candidate) for candidate in {char, char.lower(), char.upper()})


def _in_set(value, char):
    negated, found = False, False
    for kind, part in value:
        if kind is c.NEGATE:
            negated = True
        elif kind is c.LITERAL:
            found |= chr(part) == char
        elif kind is c.RANGE:
            found |= part[0] <= ord(char) <= part[1]
        else:
            letter = {
                c.CATEGORY_DIGIT: r"\d",
                c.CATEGORY_NOT_DIGIT: r"\D",
                c.CATEGORY_SPACE: r"\s",
                c.CATEGORY_NOT_SPACE: r"\S",
                c.CATEGORY_WORD: r"\w",
                c.CATEGORY_NOT_WORD: r"\W",
            }[part]
            found |= re.match(letter, char, re.ASCII) is not None
    return found != negated


def sample(items, most):
    """Return a text that items match, repetitions as long (or as short) as they may be."""
    parts = []
    for op, value in items:
        if op is c.LITERAL:
            parts.append(chr(value))
        elif op in {c.NOT_LITERAL, c.IN, c.ANY}:
            parts.append(next(x for x in string.printable[:95] if _holds(op, value, x)))
        elif op is c.SUBPATTERN:
            parts.append(sample(value[3], most))
        elif op is c.ATOMIC_GROUP:
            parts.append(sample(value, most))
        elif op is c.BRANCH:
            parts.append(sample(value[1][-1 if most else 0], most))
        elif op in {c.MAX_REPEAT, c.MIN_REPEAT, c.POSSESSIVE_REPEAT}:
            count = min(int(value[1]), 3) if most else max(1, min(value[0], REPEAT))
            parts.append(sample(value[2], most) * count)
    return "".join(parts)


def hostile_texts(pattern, length):
    """Give texts made of a pattern's own pieces: what makes it begin again and again."""
    tree = list(bounded(pattern, REPEAT))
    whole = [sample(tree, most) for most in (False, True)]
    pieces = {
        text[: max(1, cut)] for text in whole for cut in (len(text), len(text) // 2, len(text) - 1)
    }
    for op, value in tree:
        if op in {c.MAX_REPEAT, c.MIN_REPEAT}:
            pieces.add(sample(value[2], True))
    for piece in sorted(filter(None, pieces)):
        yield (piece * (length // len(piece) + 1))[:length]
