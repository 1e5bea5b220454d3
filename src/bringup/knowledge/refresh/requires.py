"""Requires-Dist rows as the tables keep them: only what decides whether things go together."""

from __future__ import annotations

import re
from email.parser import HeaderParser
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bringup.knowledge.refresh.floors import FLOORS

_ACCELERATOR: Final = re.compile(r"^(cuda|cudnn|and-cuda|with-cuda|rocm|tpu|gpu)")
_EXTRA_LAST: Final = re.compile(r"^(?P<rest>.+) and extra == \"(?P<extra>[^\"]+)\"$")
_EXTRA_FIRST: Final = re.compile(r"^extra == \"(?P<extra>[^\"]+)\"(?: and (?P<rest>.+))?$")
_ALSO_KEPT: Final = frozenset({"cuda-toolkit", "cuda-bindings", "tensorflow-intel"})
# Extras for tests, docs and each small feature name our packages too; these few are asked for.
_ONLY_EXTRAS: Final = {"transformers": frozenset({"torch", "tf", "tf-cpu", "flax", "onnxruntime"})}


def read_requires(package: str, metadata: str) -> tuple[list[str], dict[str, list[str]]]:
    """Return the kept rows of a METADATA, and those of each extra that matters."""
    fields = HeaderParser().parsestr(metadata)
    plain: list[str] = []
    extras: dict[str, list[str]] = {}
    for name in map(canonicalize_name, fields.get_all("Provides-Extra", [])):
        if _ACCELERATOR.match(name):
            extras[name] = []
    for text in fields.get_all("Requires-Dist", []):
        row = _kept(package, " ".join(text.split()))
        if row is None:
            continue
        extra, requirement = _without_extra(row)
        if extra is None:
            plain.append(requirement)
        elif extra in _ONLY_EXTRAS.get(package, (extra,)):
            extras.setdefault(extra, []).append(requirement)
    return list(dict.fromkeys(plain)), {name: _unique(extras[name]) for name in sorted(extras)}


def python_range(metadata: str) -> str | None:
    """Return Requires-Python, None when the wheel does not say."""
    value = HeaderParser().parsestr(metadata).get("Requires-Python")
    return None if value is None else str(value).strip()


def _unique(rows: list[str]) -> list[str]:
    return list(dict.fromkeys(rows))


def _kept(package: str, text: str) -> Requirement | None:
    try:
        row = Requirement(text)
    except InvalidRequirement:
        return None
    name = canonicalize_name(row.name)
    if name in FLOORS or name in _ALSO_KEPT or name.startswith("nvidia-"):
        return row
    # An extra may ask for another extra of the same package: cuda = jax[cuda12].
    return row if name == package else None


def _without_extra(row: Requirement) -> tuple[str | None, str]:
    """Take the name of the extra out of the marker."""
    if row.marker is None:
        return None, str(row)
    marker = str(row.marker)
    match = _EXTRA_FIRST.match(marker) or _EXTRA_LAST.match(marker)
    if match is None:
        return None, str(row)
    head = str(row).partition(";")[0].rstrip()
    rest = match["rest"]
    if rest and rest.startswith("(") and rest.endswith(")") and _is_one_group(rest):
        rest = rest[1:-1]
    return canonicalize_name(match["extra"]), f"{head}; {rest}" if rest else head


def _is_one_group(text: str) -> bool:
    depth = 0
    for position, char in enumerate(text):
        depth += {"(": 1, ")": -1}.get(char, 0)
        if depth == 0:
            return position == len(text) - 1
    return False
