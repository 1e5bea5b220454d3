"""How fetching talks to whoever asked for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Notify = Callable[[str, dict[str, Any]], None]
"""Takes a code of the catalogue and its parameters."""

Progress = Callable[[str, int, int | None], None]
"""Takes a file's name, the bytes done and the bytes in all (None when unknown)."""


def silent(code: str, params: dict[str, Any]) -> None:
    """Take a note and say nothing."""


def unwatched(name: str, done_bytes: int, total_bytes: int | None) -> None:
    """Take progress and show nothing."""
