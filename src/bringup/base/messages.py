"""The catalogue: every text that people read has a code, in English and Chinese.

One TOML file per family of codes stands in ``catalogue/``; ``ENV012`` is looked up in the file
that ``FAMILIES`` names for ``ENV``. A row is ``[ENV012]`` with ``en``, ``zh`` and, where there is
a next step, ``hint_en`` and ``hint_zh``. Parameters are ``{name}`` as in ``str.format``.
"""

from __future__ import annotations

import locale
import os
import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

LANGUAGES: Final = ("en", "zh")
FAMILIES: Final = {
    "ANS": "answer",
    "CLI": "cli",
    "DAT": "datasets",
    "DOC": "doctor",
    "ENV": "environment",
    "EXP": "pipeline",
    "EVL": "pipeline",
    "FIL": "base",
    "GAT": "base",
    "KNW": "knowledge",
    "KIT": "kit",
    "LOG": "explain",
    "IDX": "index",
    "MCH": "machine",
    "PRC": "base",
    "PRE": "pipeline",
    "PRJ": "project",
    "RPT": "report",
    "RUN": "workflow",
    "SRV": "serving",
    "STK": "stack",
    "TRN": "pipeline",
    "VER": "environment",
}
"""Prefix of a code -> its catalogue file."""

CATALOGUE = Path(__file__).parent / "catalogue"
_chosen: list[str] = []


def choose_language(language: str | None = None) -> str:
    """Set the language of all texts: ``language``, else BRINGUP_LANG, else the locale, else en."""
    wanted = language or os.environ.get("BRINGUP_LANG") or _locale_language()
    # Windows calls its locales by their English names.
    chosen = "zh" if wanted.lower().startswith(("zh", "chinese")) else "en"
    _chosen[:] = [chosen]
    return chosen


def current_language() -> str:
    """Return the language in use, choosing it on the first call."""
    return _chosen[0] if _chosen else choose_language()


def text_of(code: str, /, **params: Any) -> str:
    """Return the text of ``code`` in the current language, with ``params`` filled in.

    Raises:
        KeyError: no catalogue row has this code, or the row wants a parameter that is missing
            (a mistake of ours: a test walks all codes that the source names).
    """
    return str(_row(code)[current_language()]).format(**params)


def hint_of(code: str, /, **params: Any) -> str | None:
    """Return the next step for ``code`` in the current language, or None."""
    hint = _row(code).get(f"hint_{current_language()}")
    return None if hint is None else str(hint).format(**params)


def _row(code: str) -> dict[str, str]:
    return catalogue(FAMILIES[code[:3]])[code]


@cache
def catalogue(family: str) -> dict[str, dict[str, str]]:
    """Read one catalogue file: code -> row."""
    return tomllib.loads((CATALOGUE / f"{family}.toml").read_text(encoding="utf-8"))


def _locale_language() -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return value
    return locale.getlocale()[0] or "en"
