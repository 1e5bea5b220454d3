"""Ordered sources: ask one after the other, keep the first answer, record who was asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bringup.machine.model import Fact
from bringup.machine.world import NoAnswer, World

EVERYWHERE: Final = ("linux", "macos", "windows")


@dataclass(frozen=True, slots=True)
class Answer:
    """A value whose source has a better name than the one in the table."""

    value: Any
    source: str
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """One place to ask. ``ask`` returns a value, None for known absence, or an Answer.

    It raises NoAnswer when the place does not know. ``platforms``: where it is worth asking.
    """

    name: str
    ask: Callable[[World], Any]
    platforms: tuple[str, ...] = EVERYWHERE


Sources = Mapping[str, tuple[Source, ...]]
"""Fact key -> its sources in order."""


def first_answer(world: World, sources: tuple[Source, ...]) -> Fact:
    """Ask the sources in order. A source that fails, even with a bug, is one that was tried."""
    tried: list[str] = []
    for source in sources:
        if world.platform not in source.platforms:
            continue
        try:
            answer = source.ask(world)
        except NoAnswer as reason:
            tried.append(f"{source.name}: {reason}")
        except Exception as error:
            tried.append(f"{source.name}: {type(error).__name__}: {error}")
        else:
            if isinstance(answer, Answer):
                return Fact(answer.value, answer.source, tried=(*tried, *answer.tried))
            return Fact(answer, source.name, tried=tuple(tried))
    why = "; ".join(tried) or f"bringup has no source for it on {world.platform}"
    return Fact(None, "none", unknown=why, tried=tuple(tried))


def absent_on(*platforms: str) -> Source:
    """Return a source that says: such a thing does not exist there."""
    return Source("not on this system", lambda _: None, platforms)
