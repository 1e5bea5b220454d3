"""All the evidence of a project as one document, and the page made from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bringup.base.errors import BringupError
from bringup.base.evidence import STAGES
from bringup.base.files import read_json
from bringup.report.document import build_document
from bringup.workflow.runs import latest_run_id
from bringup.workflow.state import read_state

if TYPE_CHECKING:
    from pathlib import Path

    from bringup.project.model import LoadedProject


def project_document(project: LoadedProject) -> dict[str, Any]:
    """Return the document of ``bringup report --json`` from the newest evidence of each stage.

    Raises:
        BringupError: RUN006, no stage has run.
    """
    return _document(project, stage_evidence(project))


def _document(project: LoadedProject, evidence: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return build_document(
        project=project.config.model_dump(mode="json"),
        run_id=latest_run_id(project.folder) or "",
        machine=evidence["probe"].get("machine", {}),
        evidence=evidence,
    )


def stage_evidence(project: LoadedProject) -> dict[str, dict[str, Any]]:
    """Return the newest evidence of each stage that ran, in the order of the stages.

    Only what belongs together: evidence made from outputs that are others by now is left out, and
    so is all that comes after a failed stage.
    """
    records = {}
    for stage in STAGES:
        state = read_state(project.state_folder, stage)
        if state is not None and state.status != "running" and state.evidence_path.exists():
            records[stage] = read_json(state.evidence_path)
    if "probe" not in records:
        raise BringupError("RUN006", folder=project.folder)
    return _belonging(records)


def _belonging(records: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {}
    outputs: dict[str, Any] = {}
    for stage, record in records.items():
        inputs = record.get("inputs", {})
        read = {name: value for name, value in inputs.items() if _is_output(name)}
        if stage == "report" or all(outputs.get(name) == value for name, value in read.items()):
            kept[stage] = record
            outputs |= {
                f"{stage}/{name}": value for name, value in record.get("outputs", {}).items()
            }
            if record["status"] == "failed":
                break
    return kept


def _is_output(name: str) -> bool:
    """Say whether a part of a key names an output of an earlier stage, ``train/weights``."""
    return name.partition("/")[0] in STAGES and "/" in name


def write_report(project: LoadedProject, path: Path | None = None) -> Path:
    """Write the self-contained page and return where it lies (``report.html`` when not said).

    The record of writing it is left out, so that the same evidence always gives the same page.
    """
    from bringup.report.html import write_html

    evidence = stage_evidence(project)
    evidence.pop("report", None)
    return write_html(_document(project, evidence), path or project.folder / "report.html")
