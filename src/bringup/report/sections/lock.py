"""lock: the build, the framework, the packages, and why these sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from bringup.report.headlines import framework_text
from bringup.report.sections.common import digests, note_text

_SERVE: Final = "pylock.serve.toml"
_KINDS: Final = {
    "find_links": "find-links",
    "extra_index": "extra index",
    "index": "index",
    "framework_index": "framework index",
}


def view(evidence: Mapping[str, Any], _document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was chosen and why, and the packages by name."""
    stack = evidence.get("stack") or {}
    source = stack.get("source") or {}
    locks = evidence.get("packages") or {}
    files = evidence.get("files") or {}
    # The page shows the first of several targets; all files stand among the digests.
    train = locks.get(files.get("train"), {}) if files else _all_but_serve(locks)
    notes = [*(stack.get("reasons") or ()), *(evidence.get("notes") or ())]
    kind = source.get("kind")
    return {
        "build": ", ".join(evidence.get("stacks") or ()) or stack.get("build"),
        "framework": framework_text(evidence),
        "python": (stack.get("python") or {}).get("version"),
        "source": f"{_KINDS.get(kind, kind)} {source.get('place', '')}" if kind else "",
        "reasons": [(note_text(note), bool(note.get("warning"))) for note in notes],
        "packages": list(train.items()),
        "serve_packages": list((locks.get(files.get("serve", _SERVE)) or {}).items()),
        "digests": digests(evidence.get("outputs") or {}),
    }


def _all_but_serve(locks: Mapping[str, Any]) -> dict[str, Any]:
    """Return the packages to train with in evidence that names no files."""
    return {key: row for file, rows in locks.items() if file != _SERVE for key, row in rows.items()}
