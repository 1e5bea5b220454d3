"""report: the evidence of all stages as one self-contained page."""

from __future__ import annotations

from typing import Any, Final

from bringup.base.evidence import STAGES
from bringup.base.files import digest_file
from bringup.base.messages import current_language
from bringup.report.document import page_digest
from bringup.workflow.context import Context, Outcome, StageFolder
from bringup.workflow.document import write_report
from bringup.workflow.state import read_state

NAME: Final = "report"


def applies(context: Context) -> bool:
    """Every project has a report."""
    return True


def parts(context: Context) -> dict[str, Any]:
    """Depend on the evidence of every other stage, the language of the page, and our templates."""
    found: dict[str, Any] = {"language": current_language(), "code": page_digest()}
    for stage in STAGES[:-1]:
        state = read_state(context.state_folder, stage)
        if state is not None and state.evidence_path.exists():
            found[f"{stage}/evidence"] = f"sha256:{digest_file(state.evidence_path)}"
    return found


def run(context: Context, folder: StageFolder) -> Outcome:
    """Write the page."""
    page = write_report(context.project)
    return Outcome(
        metrics={"report_bytes": {"value": page.stat().st_size}}, outputs={"report.html": page}
    )
