"""The conditions of causes: a small language over what a log and a machine tell.

``older(driver, '525') and not wsl()`` is parsed once with ``ast`` and interpreted here: names,
texts, numbers, ``and or not``, comparisons and the functions below. Nothing else is allowed.
An unknown name makes the whole condition false; ``known(x)`` asks.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from packaging.version import InvalidVersion, Version

_COMPARE: Final[dict[type[ast.cmpop], Callable[[Any, Any], bool]]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)*")


class ConditionFault(Exception):  # noqa: N818 - a mistake of ours, found by the tests
    """A condition is not of the language."""


class Unknown(Exception):  # noqa: N818 - it is no error when nobody knows
    """A condition asks for what nobody knows."""


@dataclass(frozen=True, slots=True)
class Scene:
    """What conditions are asked about: values by name, and surroundings that the log shows."""

    values: Mapping[str, str]
    surroundings: frozenset[str] = field(default=frozenset())
    """windows, macos, linux, wsl, container, kubernetes, build, notebook."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A parsed condition."""

    source: str
    tree: ast.expr

    @classmethod
    def parse(cls, source: str) -> Condition:
        """Read a condition.

        Raises:
            ConditionFault: it is not of the language.
        """
        try:
            tree = ast.parse(source, mode="eval").body
        except SyntaxError as error:
            raise ConditionFault(f"{source!r}: {error.msg}") from error
        _check(tree, source)
        return cls(source, tree)

    def holds(self, scene: Scene) -> bool:
        """Say whether it holds; an unknown name makes it false."""
        try:
            return bool(_value(self.tree, scene))
        except Unknown:
            return False

    @property
    def names(self) -> frozenset[str]:
        """The names of values that it asks for."""
        called = {node.func.id for node in ast.walk(self.tree) if isinstance(node, ast.Call)}  # type: ignore[attr-defined]
        return frozenset(
            node.id
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Name) and node.id not in called
        )


def _check(tree: ast.expr, source: str) -> None:
    allowed = (
        *(ast.BoolOp, ast.UnaryOp, ast.Compare, ast.Call, ast.Name, ast.Constant),
        *(ast.And, ast.Or, ast.Not, ast.Load, ast.cmpop),
    )
    for node in ast.walk(tree):
        if not isinstance(node, allowed):
            raise ConditionFault(f"{source!r}: {type(node).__name__} is not allowed")
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else "?"
            if name not in _FUNCTIONS or node.keywords:
                raise ConditionFault(f"{source!r}: no function {name}")


def _value(node: ast.expr, scene: Scene) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in scene.values:
            raise Unknown(node.id)
        return scene.values[node.id]
    if isinstance(node, ast.UnaryOp):
        return not _truth(node.operand, scene)
    if isinstance(node, ast.BoolOp):
        found = (_truth(part, scene) for part in node.values)
        return all(found) if isinstance(node.op, ast.And) else any(found)
    if isinstance(node, ast.Compare):
        left, right = _value(node.left, scene), _value(node.comparators[0], scene)
        return _COMPARE[type(node.ops[0])](*_alike(left, right))
    if isinstance(node, ast.Call):
        name = node.func.id  # type: ignore[attr-defined]
        if name == "known":
            return all(isinstance(part, ast.Name) and part.id in scene.values for part in node.args)
        return _FUNCTIONS[name](scene, *(_value(part, scene) for part in node.args))
    raise AssertionError("checked when parsed")


def _truth(node: ast.expr, scene: Scene) -> bool:
    """Return a part's truth; what is unknown within and/or/not counts as false."""
    try:
        return bool(_value(node, scene))
    except Unknown:
        return False


def _alike(left: Any, right: Any) -> tuple[Any, Any]:
    if isinstance(left, (int, float)) != isinstance(right, (int, float)):
        return _as_number(left), _as_number(right)
    return left, right


def _as_number(value: Any) -> float:
    if isinstance(value, (int, float)):
        return float(value)
    match = re.search(r"-?\d+(?:\.\d+)?", str(value))
    if match is None:
        raise Unknown(str(value))
    return float(match[0])


def version_of(text: Any) -> Version:
    """Read a version out of a text; a bare CUDA number such as 11040 is 11.4.

    Raises:
        Unknown: there is none.
    """
    match = _NUMBER.search(str(text))
    if match is None:
        raise Unknown(str(text))
    found = match[0]
    if found.isdigit() and 4000 <= int(found) <= 99000:
        found = f"{int(found) // 1000}.{int(found) % 1000 // 10}"
    try:
        return Version(found)
    except InvalidVersion:
        raise Unknown(str(text)) from None


def _is(_: Scene, text: Any, form: Any) -> bool:
    return re.search(str(form), str(text), re.IGNORECASE) is not None


def _same(count: int) -> Callable[[Scene, Any, Any], bool]:
    def same(_: Scene, left: Any, right: Any) -> bool:
        return version_of(left).release[:count] == version_of(right).release[:count]

    return same


@cache
def _families() -> dict[int, str]:
    from bringup.knowledge.cuda import cuda_families

    return {major: row.min_driver_linux for major, row in cuda_families().items()}


def driver_needed(cuda: Any) -> str:
    """Return the oldest NVIDIA driver (Linux) of a CUDA version's major family.

    Raises:
        Unknown: the family is not in the tables.
    """
    major = version_of(cuda).major
    if major not in _families():
        raise Unknown(str(cuda))
    return _families()[major]


def capability_of(gpu: Any) -> str:
    """Return the compute capability of a GPU by its name.

    Raises:
        Unknown: the table does not know it.
    """
    from bringup.knowledge.gpus import gpu_called

    found = gpu_called(str(gpu))
    if found is None or found.compute_capability is None:
        raise Unknown(str(gpu))
    return found.compute_capability


def _in_surroundings(name: str) -> Callable[[Scene], bool]:
    return lambda scene: name in scene.surroundings


_FUNCTIONS: Final[dict[str, Callable[..., Any]]] = {
    "known": lambda *_: True,
    "is": _is,
    "matches": _is,
    "older": lambda _, left, right: version_of(left) < version_of(right),
    "newer": lambda _, left, right: version_of(left) > version_of(right),
    "equal": lambda _, left, right: version_of(left) == version_of(right),
    "same_major": _same(1),
    "same_minor": _same(2),
    "number": lambda _, text: _as_number(text),
    "driver_needed": lambda _, cuda: driver_needed(cuda),
    "capability": lambda _, gpu: capability_of(gpu),
    **{
        name: _in_surroundings(name)
        for name in (
            *("windows", "macos", "linux", "wsl"),
            *("container", "kubernetes", "build", "notebook"),
        )
    },
}
"""``is`` is a word of Python: conditions are written with it and read as ``matches``."""


def prepared(source: str) -> str:
    """Return a condition as Python can parse it: ``is(x, 'y')`` becomes ``matches(x, 'y')``."""
    return re.sub(r"\bis\(", "matches(", source)
