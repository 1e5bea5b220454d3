"""serve: what a real client measured, and the requests it made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bringup.report import formats
from bringup.report.sections import verify
from bringup.report.sections.common import gate_rows


def view(evidence: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``tiles`` (name, value), ``checks`` and ``gates``."""
    return {
        "tiles": [
            (formats.metric_name(name), formats.metric_text(name, metric))
            for name, metric in (evidence.get("metrics") or {}).items()
            if formats.value_of(metric) is not None
        ],
        "gates": gate_rows(evidence),
        **verify.view(evidence, document),
    }
