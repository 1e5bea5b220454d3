"""Reports to be sent around: without the names of this host, its user and the folders of both."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from bringup.doctor.case import Case

_OURS: Final = frozenset(
    ("schema_version", "code", "name", "status", "title", "why", "false_alarms", "references",
     "fact", "do", "privilege", "mode", "summary", "ok")
)  # fmt: skip
"""Parts of a document that never hold a name of the machine's: they are the rules' own words."""
_SHORTEST: Final = 3
_PUBLIC: Final = frozenset(("root", "localhost"))
_BEFORE: Final = r"(?<![\w-])"
_AFTER: Final = r"(?![\w-])"
# /dev, /data, ... are folders of the system even where a user has the same name.
_NOT_AT_THE_TOP: Final = r"(?<!^/)(?<![\s\"'=:`(,]/)"


def without_names(document: Mapping[str, Any], case: Case) -> dict[str, Any]:
    """Return a document without the names of the host, the user and the project's folder.

    Args:
        document: what ``document_of`` made, or a plan of the same form.
        case: the machine whose names they are.
    """
    hide = _hider(case)
    return {key: value if key in _OURS else _hidden(value, hide) for key, value in document.items()}


def _hidden(value: Any, hide: Callable[[str], str], *, all_of_it: bool = False) -> Any:
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, (list, tuple)):
        return [_hidden(item, hide, all_of_it=all_of_it) for item in value]
    if isinstance(value, Mapping):
        # Inside a fact's value a `name` is one of the machine's, not a rule's.
        return {
            key: item
            if key in _OURS and not all_of_it
            else _hidden(item, hide, all_of_it=all_of_it or key in {"value", "machine"})
            for key, item in value.items()
        }
    return value


def _hider(case: Case) -> Callable[[str], str]:
    patterns = [
        (re.compile(f"{before}{re.escape(name)}{_AFTER}", re.IGNORECASE), shown)
        for name, before, shown in sorted(_names(case), key=lambda row: -len(row[0]))
        if len(name) >= _SHORTEST and name.lower() not in _PUBLIC
    ]

    def hide(text: str) -> str:
        for pattern, shown in patterns:
            text = pattern.sub(shown, text)
        return text

    return hide


def _names(case: Case) -> list[tuple[str, str, str]]:
    """Return what is to be hidden, what may not stand before it, and what stands there then."""
    variables = case.variables
    home = (variables.get("HOME") or variables.get("USERPROFILE") or "").rstrip("/\\")
    plain = home.replace("\\", "/")
    users = {plain.rpartition("/")[2], *(variables.get(key, "") for key in ("USER", "USERNAME"))}
    host = str(case.value("network.hostname") or "")
    folder = "" if case.folder is None else str(case.folder)
    return [
        *((name, _BEFORE, "HOST") for name in {host, host.partition(".")[0]}),
        *((name, _BEFORE, "~") for name in {home, plain}),
        *((name, _BEFORE + _NOT_AT_THE_TOP, "USER") for name in users),
        (folder, _BEFORE, "PROJECT"),
    ]
