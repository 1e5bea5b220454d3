"""lock: the build, the framework, the packages, and why these sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bringup.report.headlines import framework_text, package_count
from bringup.report.sections.common import digests


def view(evidence: Mapping[str, Any], _document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was chosen, the packages by name, and the sources with their reasons."""
    return {
        "build": evidence.get("build"),
        "framework": framework_text(evidence),
        "python": evidence.get("python"),
        "count": package_count(evidence),
        "packages": packages(evidence.get("packages")),
        "serve_packages": packages(evidence.get("serve_packages")),
        "reasons": [row for key in ("reasons", "notes") for row in _lines(evidence.get(key))],
        "sources": [_source(row) for row in evidence.get("sources") or ()],
        "digests": digests(evidence.get("outputs") or {}),
    }


def packages(listed: Any) -> list[tuple[str, str]]:
    """Return (name, version) rows of packages, however they were written down."""
    if isinstance(listed, Mapping):
        return [(str(name), str(version)) for name, version in listed.items()]
    if not isinstance(listed, Iterable) or isinstance(listed, str):
        return []
    return [_package(row) for row in listed]


def _package(row: Any) -> tuple[str, str]:
    if isinstance(row, Mapping):
        return str(row.get("name", "")), str(row.get("version", ""))
    name, _, version = str(row).partition("==")
    return name.strip(), version.strip()


def _source(row: Any) -> dict[str, Any]:
    """Return the name, whether it was taken, and the reason."""
    if not isinstance(row, Mapping):
        return {"name": str(row), "taken": None, "reason": ""}
    taken = next((row[key] for key in ("taken", "chosen", "ok") if key in row), None)
    name = next((row[key] for key in ("name", "source", "place", "url") if row.get(key)), "")
    reason = next((row[key] for key in ("reason", "outcome", "detail") if row.get(key)), "")
    return {"name": str(name), "taken": taken, "reason": str(reason)}


def _lines(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(line) for line in value or ()]
