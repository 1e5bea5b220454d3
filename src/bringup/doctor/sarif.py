"""Findings as SARIF 2.1.0, which code hosts and editors show beside the code.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

from bringup import __version__
from bringup.doctor.registry import rule
from bringup.doctor.show import sentence, worded

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_MACHINE: Final = "bringup.toml"
"""Code hosts want a file for every finding: the machine's are hung on the project file."""


def sarif_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return the SARIF log of an examination's document (``document_of``)."""
    findings = list(_all(document["findings"]))
    ignored = document["ignored"]
    codes = list(dict.fromkeys(row["code"] for row in (*findings, *ignored)))
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "bringup doctor",
                        "semanticVersion": __version__,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "invocations": [_invocation(document["skipped"])],
                "results": [
                    *(_result(row, codes) for row in findings),
                    *(_result(row, codes, row["reason"]) for row in ignored),
                ],
            }
        ],
    }


def _all(findings: Iterable[dict[str, Any]]) -> Iterable[dict[str, Any]]:
    for row in findings:
        yield row
        yield from _all(row.get("follows", ()))


def _invocation(skipped: list[dict[str, Any]]) -> dict[str, Any]:
    """Return how it went: rules that failed by themselves are told, those skipped are not."""
    failed = [
        {"level": "error", "message": {"text": f"{row['code']}: {row['reason']}"}}
        for row in skipped
        if row["crashed"]
    ]
    return {"executionSuccessful": True, "toolExecutionNotifications": failed}


def _rule(code: str) -> dict[str, Any]:
    found = rule(code)
    text = found.text.here
    return {
        "id": code,
        "name": found.name,
        "shortDescription": {"text": text.title},
        "fullDescription": {"text": f"{sentence(text.finds)} {sentence(text.why)}"},
        "help": {"text": f"{worded(text.fix)}\n\n{sentence(text.false_alarms)}"},
        "helpUri": found.text.references[0].split()[0].rstrip(",;."),
    }


def _result(
    row: dict[str, Any], codes: list[str], justification: str | None = None
) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": row["code"],
        "ruleIndex": codes.index(row["code"]),
        "level": row["status"],
        "message": {"text": f"{row['message']}\n{row['fix']}"},
        "locations": [_location(row)],
    }
    if justification is not None:
        result["suppressions"] = [{"kind": "external", "justification": justification}]
    return result


def _location(row: dict[str, Any]) -> dict[str, Any]:
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(row.get("file") or _MACHINE)}}
    if row.get("line"):
        place["region"] = {"startLine": row["line"]}
    facts = [{"fullyQualifiedName": item["fact"], "kind": "property"} for item in row["evidence"]]
    return {"physicalLocation": place} | ({"logicalLocations": facts} if facts else {})


def _uri(file: str) -> str:
    """Return a file's name as an address: relative as it was named, else with its scheme."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
