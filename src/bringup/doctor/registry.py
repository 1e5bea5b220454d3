"""The rules by their codes, loaded when they are wanted, and the choice among them."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from bringup.base.errors import BringupError
from bringup.doctor.codes import CODES, FAMILIES, FILE_CODES, module_of
from bringup.doctor.text import RuleText, read_text


@dataclass(frozen=True, slots=True)
class Rule:
    """One judgement with its stable code."""

    code: str
    name: str
    text: RuleText
    check: Callable[..., Any]
    """Of a ``Case`` gives a ``Verdict``; over files, of a ``Source`` and a ``Case``, findings."""
    follows: tuple[str, ...]
    """Codes whose findings are the root of this one: then it is folded under the first of them."""


@cache
def rule(code: str) -> Rule:
    """Return the rule with a code of ``CODES`` or, over files, of ``FILE_CODES``."""
    module = import_module(module_of(code))
    return Rule(
        code,
        (CODES | FILE_CODES)[code],
        read_text(module.__doc__, over_files=code in FILE_CODES),
        module.check,
        tuple(getattr(module, "FOLLOWS", ())),
    )


@cache
def kinds_of(code: str) -> frozenset[str]:
    """Return the kinds of files that a rule of ``FILE_CODES`` is for."""
    return frozenset(import_module(module_of(code)).KINDS)


def chosen(select: Sequence[str] = (), ignore: Sequence[str] = ()) -> list[Rule]:
    """Return the rules over machines that are selected and not ignored.

    Raises:
        BringupError: DOC001, a selector fits no code; the text names the nearest.
    """
    return [rule(code) for code in selected(CODES, select, ignore)]


def selected(
    codes: Iterable[str], select: Sequence[str] = (), ignore: Sequence[str] = ()
) -> list[str]:
    """Return the codes that begin with one of ``select`` (all when empty), less ``ignore``.

    Raises:
        BringupError: DOC001, a selector fits no code at all; the text names the nearest.
    """
    for selector in (*select, *ignore):
        _known(selector)
    return [
        code for code in codes if (not select or _fits(code, select)) and not _fits(code, ignore)
    ]


def _fits(code: str, selectors: Iterable[str]) -> bool:
    return any(code.startswith(selector.upper()) for selector in selectors)


def _known(selector: str) -> None:
    if selector and any(code.startswith(selector.upper()) for code in (*CODES, *FILE_CODES)):
        return
    names = [*FAMILIES, *CODES, *FILE_CODES]
    nearest = difflib.get_close_matches(selector.upper(), names, n=1, cutoff=0.0)[0]
    raise BringupError("DOC001", selector=selector, nearest=nearest)
