"""probe: the machine, and every fact with its source."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from bringup.report.machine_facts import machine_rows


def view(_evidence: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``rows`` (label, value, remark) and ``facts`` (key, value, source, unknown)."""
    machine = document.get("machine") or {}
    facts = machine.get("facts") or {}
    return {
        "rows": machine_rows(machine),
        "facts": [
            (key, _shown(fact.get("value")), fact.get("source", ""), fact.get("unknown"))
            for key, fact in facts.items()
        ],
    }


def _shown(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
