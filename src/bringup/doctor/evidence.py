"""The facts that show a finding, and the main facts of a machine; long lists are cut."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bringup.doctor.case import Case
from bringup.doctor.examine import Result

MOST_ROWS: Final = 3
"""Rows of a list that are shown when none of them is named by the finding."""
_NAMING: Final = (
    "name", "path", "key", "place", "address", "program", "interface", "device", "module",
    "package", "uuid", "host", "file",
)  # fmt: skip
"""Fields of a row that say which one it is."""
_MAIN: Final = (
    "os.name",
    "os.version",
    "os.kernel",
    "os.arch",
    "libc.version",
    "gpu.devices",
    "gpu.nvidia_driver",
    "cuda.toolkits",
    "env.python_version",
    "env.torch_build",
    "surroundings.container",
    "surroundings.wsl",
)


def evidence_of(row: Result, case: Case) -> list[dict[str, Any]]:
    """Return the facts that show a finding, each with its source.

    Of a list only the rows that matter are given; ``left_out`` counts the others.
    """
    if row.found is None or row.file is not None:
        return []
    keys: Sequence[str] = row.found.shown or row.rule.text.needs
    told = f"{row.message}\n{row.fix}"
    items = []
    for key in keys:
        fact = case.machine.facts.get(key)
        if fact is not None:
            value, left_out = rows_that_matter(fact.value, told)
            items.append({"fact": key, "value": value, "source": fact.source, "left_out": left_out})
    return items


def rows_that_matter(value: Any, told: str) -> tuple[Any, int]:
    """Return a fact's value and how many of its rows were left out.

    A row matters when what names it (its name, its path, ...) occurs in ``told``; when none does,
    the first few stand for all.
    """
    if not isinstance(value, (list, tuple)) or len(value) <= MOST_ROWS:
        return value, 0
    named = [row for row in value if _is_named(row, told)]
    kept = named or list(value[:MOST_ROWS])
    return kept, len(value) - len(kept)


def _is_named(row: Any, told: str) -> bool:
    fields = [row.get(field) for field in _NAMING] if isinstance(row, Mapping) else [row]
    return any(isinstance(field, str) and _occurs(field, told) for field in fields)


def _occurs(name: str, told: str) -> bool:
    """Say whether a name stands in a text by itself: `torch` does not occur in `torchvision`."""
    if len(name) < 2:
        return False
    # A dot that ends a sentence may follow, one that goes on in a word may not.
    whole = rf"(?<![\w.-]){re.escape(name)}(?![\w-]|\.\w)"
    return re.search(whole, told, re.IGNORECASE) is not None


def main_facts(case: Case) -> dict[str, Any]:
    """Return the facts that people ask for first when a machine does not work: key -> value."""
    return {key: value for key in _MAIN if (value := case.value(key)) not in (None, [], ())}
