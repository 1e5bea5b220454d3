"""What the installer of a kit says, and why it refuses."""

# Goes into kits as a part of install.py: see there.
from __future__ import annotations

import os
import sys
from typing import Any

TEXTS: dict[str, dict[str, str]] = {}
SHOWN = 8


class Refusal(Exception):  # noqa: N818 - it is told as an error with its hint
    """Why the kit is not installed: a code of the texts, and what stands in it."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


_chosen: list[str] = []


def choose_language(wanted: str | None) -> None:
    """Set the language: what was typed, else BRINGUP_LANG, else the locale."""
    names = ("BRINGUP_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    said = wanted or next((os.environ[name] for name in names if os.environ.get(name)), None)
    _chosen[:] = ["zh" if (said or "en").lower().startswith("zh") else "en"]


def language() -> str:
    """Return the language in use."""
    return _chosen[0] if _chosen else "en"


def text(code: str, key: str = "", **params: Any) -> str:
    """Return a text, or its hint (``key`` is ``hint_``) when there is one."""
    row = TEXTS.get(code, {})
    return row.get(key + language(), "" if key else code).format(**params)


def say(mark: str, code: str, **params: Any) -> None:
    """Write a text and its hint to standard error."""
    words = text(code, **params)
    sys.stderr.write(f"{mark}: {words}\n" if mark else words + "\n")
    hint = text(code, "hint_", **params)
    if hint:
        sys.stderr.write(f"hint: {hint}\n")
    sys.stderr.flush()


def shown(names: list[str]) -> str:
    """Return the first names, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" (+{more})" if more > 0 else "")


def size_text(size: int) -> str:
    """Return a number of bytes as people read it."""
    return f"{size / 1e6:.1f} MB"
