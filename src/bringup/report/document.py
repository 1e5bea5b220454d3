"""The report as one document: what ``bringup report --json`` prints and the page is made of."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from bringup.base.evidence import STAGES
from bringup.base.files import digest_file, digest_tree, digest_value
from bringup.base.messages import CATALOGUE
from bringup.machine.redact import redacted_value

SCHEMA_VERSION: Final = 1
_MADE_OF: Final = frozenset({".py", ".j2", ".css", ".js"})


def build_document(
    *,
    project: Mapping[str, Any],
    run_id: str,
    machine: Mapping[str, Any],
    evidence: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """Join the evidence of all stages into one document; the arguments stay as they are.

    The stages stand in the order in which they run. What the client saw over HTTP (the serve
    stage measures it) joins ``stages.export.parity.points``. Credentials in addresses are left out.
    """
    known = [name for name in STAGES if name in evidence]
    names = [*known, *(name for name in evidence if name not in STAGES)]
    stages = {name: copy.deepcopy(dict(evidence[name])) for name in names}
    _join_http(stages)
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "project": dict(project),
        "run": run_id,
        "machine": dict(machine),
        "status": "failed" if any(map(_is_failed, stages.values())) else "done",
        "seconds": round(sum(stage.get("seconds") or 0 for stage in stages.values()), 3),
        "stages": stages,
    }
    cleaned: dict[str, Any] = redacted_value(document)
    return cleaned


@cache
def page_digest() -> str:
    """Return the digest of what makes the page: code, templates and texts."""
    home = Path(__file__).parent
    files = [path for path in home.rglob("*") if path.suffix in _MADE_OF]
    texts = digest_file(CATALOGUE / "report.toml")
    return f"sha256:{digest_value([digest_tree(files, home), texts])}"


def evidence_schema() -> dict[str, Any]:
    """Return the JSON Schema of the document."""
    path = Path(__file__).parent / "evidence.schema.json"
    schema: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return schema


def failed_stage(document: Mapping[str, Any]) -> str | None:
    """Return the first stage that failed, None when all are done."""
    stages = document["stages"]
    return next((name for name, stage in stages.items() if _is_failed(stage)), None)


def all_gates(document: Mapping[str, Any]) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return (stage, metric, gate record) of every gate of the document."""
    return [
        (stage, name, gate)
        for stage, record in document["stages"].items()
        for name, gate in (record.get("gates") or {}).items()
    ]


def last_stage(document: Mapping[str, Any]) -> str | None:
    """Return the last stage that left evidence; the report itself does not count."""
    names = [name for name in document["stages"] if name != "report"]
    return names[-1] if names else None


def is_whole(document: Mapping[str, Any]) -> bool:
    """Say whether the project went as far as it goes: served, or its own script trained."""
    stages = document["stages"]
    script = (document["project"].get("train") or {}).get("script")
    return "serve" in stages or (script is not None and "train" in stages)


def _is_failed(stage: Mapping[str, Any]) -> bool:
    gates = (stage.get("gates") or {}).values()
    return stage.get("status") == "failed" or any(not gate.get("holds") for gate in gates)


def _join_http(stages: dict[str, dict[str, Any]]) -> None:
    point, export = stages.get("serve", {}).get("point"), stages.get("export")
    if export is None or not point:
        return
    parity = export.setdefault("parity", {})
    parity["points"] = {**parity.get("points", {}), "http": point}
