"""One thing that was said to an installer, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

Status = Literal["used", "lost", "ignored"]


class Secret(str):
    """A text that is a credential as a whole, not an address that holds one."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Said:
    """A setting as it stands somewhere. ``value`` may hold credentials."""

    tool: str
    """pip, uv, conda, or network for what all programs read."""
    name: str
    """In the tool's own words."""
    value: Any
    source: str
    """The file or the variable."""
    status: Status = "used"
    code: str | None = None
    """Of the text that says why; None when there is nothing to explain."""
    params: Mapping[str, Any] = field(default_factory=dict)

    def used(self, code: str, **params: Any) -> Self:
        """Return it as one that counts, with a remark."""
        return replace(self, code=code, params=params)

    def lost(self, winner: str) -> Self:
        """Return it as one that a stronger place overrules."""
        return replace(self, status="lost", code="IDX060", params={"winner": winner})

    def ignored(self, code: str, **params: Any) -> Self:
        """Return it as one that nobody follows."""
        return replace(self, status="ignored", code=code, params=params)
