"""evaluate: the test split, with confidence intervals, held against the gates."""

from __future__ import annotations

from typing import Any, Final

from bringup.workflow.context import Context, Outcome, StageFolder, section_parts
from bringup.workflow.stages import train
from bringup.workflow.stages.model_stage import common_parts, outcome_of, run_in_environment

NAME: Final = "evaluate"


def applies(context: Context) -> bool:
    """A project with its own script is judged by what it printed, when it has gates."""
    return not context.runs_script or bool(context.config.evaluate.gates)


def parts(context: Context) -> dict[str, Any]:
    """Depend on [evaluate], the trained model and the prepared data; or on a script's numbers."""
    values = context.config.evaluate.model_dump(mode="json")
    if context.runs_script:
        return {
            **section_parts("evaluate", values, leave_out={"bootstrap", "confidence"}),
            "metrics of train": _told(context),
        }
    return {
        **common_parts(context),
        **section_parts("evaluate", values, leave_out=set()),
        **context.digests("train", leave_out=train.RECORDS),
        **context.digests("prepare"),
    }


def run(context: Context, folder: StageFolder) -> Outcome:
    """Evaluate in the project's environment, or take what the script told."""
    gates = context.config.evaluate.gates
    if context.runs_script:
        return Outcome(metrics=_told(context), gates=gates)
    inputs = {name: str(context.stage_folder(name)) for name in ("prepare", "train")}
    result = run_in_environment(context, folder, stage=NAME, inputs=inputs)
    return outcome_of(result, folder.path, gates)


def _told(context: Context) -> dict[str, Any]:
    """Return the script's numbers that a gate names.

    What it printed of held-out rows is read as ``validation_accuracy``; a gate says ``accuracy``.
    Numbers of the training rows meet no gate.
    """
    metrics = context.evidence("train")["metrics"]
    found = {}
    for name in context.config.evaluate.gates:
        known = [key for key in (name, f"validation_{name}", f"test_{name}") if key in metrics]
        if known:
            found[name] = metrics[known[0]]
    return found
