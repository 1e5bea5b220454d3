"""Conditions on values and facts: a tiny language, read once, without ``eval``.

Names stand for values that a log gave or facts; a name that is not known makes its comparison
unknown, and a condition that is unknown does not hold.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from bringup.explain import functions

Names = Mapping[str, str]
_Node = Callable[[Names], Any]

_COMPARE: Final[dict[type[ast.cmpop], Callable[[float, float], bool]]] = {
    ast.Lt: lambda a, b: a < b,
    ast.LtE: lambda a, b: a <= b,
    ast.Gt: lambda a, b: a > b,
    ast.GtE: lambda a, b: a >= b,
    ast.Eq: lambda a, b: a == b,
    ast.NotEq: lambda a, b: a != b,
}


class ConditionError(ValueError):
    """The text is no condition; the message names the part."""


class Condition:
    """A condition that was read; two are equal when their texts are."""

    __slots__ = ("_names", "_node", "text")

    def __init__(self, text: str) -> None:
        """Keep ``text``; it is read when it is first asked, which most never are."""
        self.text = text
        self._node: _Node | None = None
        self._names: set[str] = set()

    def read(self) -> _Node:
        """Read the text.

        Raises:
            ConditionError: it is not in the language.
        """
        if self._node is None:
            try:
                tree = ast.parse(_as_python(self.text), mode="eval")
            except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
                raise ConditionError(str(error)) from error
            self._node = _read(tree.body, self._names)
        return self._node

    @property
    def names(self) -> frozenset[str]:
        """The names that it asks for."""
        self.read()
        return frozenset(self._names)

    def value(self, names: Names) -> Any:
        """Return what the expression gives, None when it is unknown."""
        return self.read()(names)

    def holds(self, names: Names) -> bool:
        """Say whether it is known to be true."""
        return bool(self.value(names))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Condition) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __repr__(self) -> str:
        return f"Condition({self.text!r})"


def _read(node: ast.expr, found: set[str]) -> _Node:  # noqa: PLR0911 - one return per form
    match node:
        case ast.Name(id=name):
            found.add(name)
            return lambda names: names.get(name)
        case ast.Constant(value=value) if isinstance(value, (str, int, float, bool)):
            return lambda _: value
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _negated(_read(operand, found))
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return lambda _: -number
        case ast.BoolOp(op=op, values=values):
            parts = [_read(value, found) for value in values]
            return _any_of(parts) if isinstance(op, ast.Or) else _all_of(parts)
        case ast.Compare(left=left, ops=ops, comparators=rest):
            return _compared(left, ops, rest, found)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
            return _called(name, args, found)
    raise ConditionError(ast.unparse(node))


def _negated(part: _Node) -> _Node:
    def answer(names: Names) -> bool | None:
        value = part(names)
        return None if value is None else not value

    return answer


def _all_of(parts: list[_Node]) -> _Node:
    def answer(names: Names) -> bool | None:
        values = [part(names) for part in parts]
        if any(value is not None and not value for value in values):
            return False
        return None if None in values else True

    return answer


def _any_of(parts: list[_Node]) -> _Node:
    def answer(names: Names) -> bool | None:
        values = [part(names) for part in parts]
        if any(values):
            return True
        return None if None in values else False

    return answer


def _compared(left: ast.expr, ops: list[ast.cmpop], rest: list[ast.expr], found: set[str]) -> _Node:
    parts = [_read(part, found) for part in (left, *rest)]
    if bad := [op for op in ops if type(op) not in _COMPARE]:
        raise ConditionError(type(bad[0]).__name__)
    tests = [_COMPARE[type(op)] for op in ops]

    def answer(names: Names) -> bool | None:
        numbers = [functions.number(part(names)) for part in parts]
        if any(value is None for value in numbers):
            return None
        known = [value for value in numbers if value is not None]
        return all(test(a, b) for test, a, b in zip(tests, known, known[1:], strict=False))

    return answer


def _called(name: str, args: list[ast.expr], found: set[str]) -> _Node:
    if name not in functions.FUNCTIONS and name != "known":
        raise ConditionError(f"{name}(...)")
    count = 1 if name == "known" else functions.FUNCTIONS[name][1]
    if len(args) != count:
        raise ConditionError(f"{name} takes {count}, not {len(args)}")
    parts = [_read(arg, found) for arg in args]
    if name == "known":
        return lambda names: parts[0](names) is not None
    if name == "is_":
        _check_pattern(args[1])
    function = functions.FUNCTIONS[name][0]

    def answer(names: Names) -> Any:
        values = [part(names) for part in parts]
        return None if any(value is None for value in values) else function(*values)

    return answer


def _check_pattern(node: ast.expr) -> None:
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        raise ConditionError(ast.unparse(node))
    try:
        re.compile(node.value, re.IGNORECASE)
    except re.error as error:
        raise ConditionError(f"{node.value!r}: {error}") from error


_IS: Final = re.compile(r"\bis(?=\s*\()")
_STRING: Final = re.compile(r"""([rR]?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))""")


def _as_python(text: str) -> str:
    """Return a condition as Python reads it.

    ``is`` is a word of Python, so the function is renamed; a regular expression in a string is
    written without doubled backslashes, so strings are read as raw ones.
    """
    parts = _STRING.split(text.strip())
    return "".join(
        (part if part[:1] in "rR" else f"r{part}") if index % 2 else _IS.sub("is_", part)
        for index, part in enumerate(parts)
    )
