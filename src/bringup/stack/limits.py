"""How long an index may take: the limit of the user's own settings, and which setting it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bringup.base.messages import text_of
from bringup.machine.model import Machine

OWN_LIMIT_S: Final = 30.0
"""When nobody set one; uv's own is the same."""
PAGE_LIMITS: Final = 4
"""A page must be there whole within so many times the limit: a trickle meets no other limit."""


@dataclass(frozen=True, slots=True)
class TimeLimit:
    """Seconds without a byte after which a server counts as silent."""

    seconds: float
    setting: str
    """The variable or ``timeout`` and its file; bringup's own when nobody set one."""


def time_limit(machine: Machine) -> TimeLimit:
    """Return the limit for one machine."""
    seconds = machine.index_settings.timeout_s
    if not seconds:
        return TimeLimit(OWN_LIMIT_S, text_of("IDX030"))
    for key in ("index.uv.timeout", "index.pip.timeout", "index.settings"):
        fact = machine.facts.get(key)
        if fact is not None and fact.value:
            named = fact.source if "/" not in fact.source else f"timeout, {fact.source}"
            return TimeLimit(float(seconds), named)
    return TimeLimit(float(seconds), text_of("IDX030"))
