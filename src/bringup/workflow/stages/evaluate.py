"""evaluate: the test split, with confidence intervals, held against the gates."""

from __future__ import annotations

from typing import Any, Final

from bringup.workflow.context import Context, Outcome, StageFolder, section_parts
from bringup.workflow.stages import train
from bringup.workflow.stages.model_stage import common_parts, outcome_of, run_in_environment

NAME: Final = "evaluate"


def applies(context: Context) -> bool:
    """A project with its own script is judged by its outputs alone."""
    return not context.runs_script


def parts(context: Context) -> dict[str, Any]:
    """Depend on [evaluate], the trained model and the prepared data."""
    values = context.config.evaluate.model_dump(mode="json")
    return {
        **common_parts(context),
        **section_parts("evaluate", values, leave_out=set()),
        **context.digests("train", leave_out=train.RECORDS),
        **context.digests("prepare"),
    }


def run(context: Context, folder: StageFolder) -> Outcome:
    """Evaluate in the project's environment."""
    inputs = {name: str(context.stage_folder(name)) for name in ("prepare", "train")}
    result = run_in_environment(context, folder, stage=NAME, inputs=inputs)
    return outcome_of(result, folder.path, context.config.evaluate.gates)
