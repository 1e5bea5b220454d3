"""verify: the checks, with their times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bringup.report.formats import check_detail, check_status, seconds_text


def view(evidence: Mapping[str, Any], _document: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``checks``: name, status, time, share of the longest time, detail."""
    checks = evidence.get("checks") or ()
    longest = max((check.get("seconds") or 0 for check in checks), default=0) or 1
    return {
        "checks": [
            {
                "name": check.get("name", ""),
                "status": check_status(check),
                "time": seconds_text(check.get("seconds")),
                "timed": check.get("seconds") is not None,
                "share": (check.get("seconds") or 0) / longest,
                "detail": check_detail(check),
            }
            for check in checks
        ]
    }
