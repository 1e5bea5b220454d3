"""The rules by their codes, loaded when they are wanted, and the choice among them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from bringup.base.errors import BringupError
from bringup.doctor.case import Case
from bringup.doctor.codes import CODES, FAMILIES, module_of
from bringup.doctor.rule import Verdict
from bringup.doctor.text import RuleText, read_text


@dataclass(frozen=True, slots=True)
class Rule:
    """One judgement with its stable code."""

    code: str
    name: str
    text: RuleText
    check: Callable[[Case], Verdict]
    follows: tuple[str, ...]
    """Codes whose findings are the root of this one: then it is folded under the first of them."""


@cache
def rule(code: str) -> Rule:
    """Return the rule with a code, which must be one of ``CODES``."""
    module = import_module(module_of(code))
    return Rule(
        code,
        CODES[code],
        read_text(module.__doc__),
        module.check,
        tuple(getattr(module, "FOLLOWS", ())),
    )


def chosen(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> list[Rule]:
    """Return the rules whose codes begin with one of ``select`` (all when empty), less ``ignore``.

    Raises:
        BringupError: DOC001, a selector fits no code; the text names the nearest.
    """
    for selector in (*select, *ignore):
        _known(selector)
    return [
        rule(code)
        for code in CODES
        if (not select or _fits(code, select)) and not _fits(code, ignore)
    ]


def _fits(code: str, selectors: Iterable[str]) -> bool:
    return any(code.startswith(selector.upper()) for selector in selectors)


def _known(selector: str) -> None:
    if selector and any(code.startswith(selector.upper()) for code in CODES):
        return
    names = [*FAMILIES, *CODES]
    nearest = difflib.get_close_matches(selector.upper(), names, n=1, cutoff=0.0)[0]
    raise BringupError("DOC001", selector=selector, nearest=nearest)
