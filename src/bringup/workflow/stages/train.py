"""train: our loop over the prepared data, or the user's own script."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from bringup.project.imports import with_imported
from bringup.workflow.context import Context, Outcome, StageFolder, file_parts, section_parts
from bringup.workflow.stages.model_stage import common_parts, outcome_of, run_in_environment

NAME: Final = "train"
_NO_EFFECT: Final = {"checkpoint_every_s"}
"""Settings that do not change the weights."""
RECORDS: Final = {"history"}
"""Outputs that hold times, so they differ each time; no later stage reads them."""


def applies(context: Context) -> bool:
    """Every project trains."""
    return True


def parts(context: Context) -> dict[str, Any]:
    """Depend on [train], the prepared data, the user's own model or script and its modules."""
    config = context.config
    own = file_parts(_own_files(context), context.folder)
    values = section_parts("train", config.train.model_dump(mode="json"), leave_out=_NO_EFFECT)
    data = {} if context.runs_script else context.digests("prepare")
    return {**common_parts(context), **values, **own, **data}


def run(context: Context, folder: StageFolder) -> Outcome:
    """Train in the project's environment."""
    if context.runs_script:
        result = run_in_environment(context, folder, stage="script", inputs={})
        outcome = outcome_of(result, folder.path)
        left = {name: context.folder / name for name in context.config.train.outputs}
        return Outcome(
            metrics=outcome.metrics,
            outputs={**outcome.outputs, **left},
            details=outcome.details,
        )
    inputs = {
        "prepare": str(context.stage_folder("prepare")),
        # In a container the scheduler's affinity knows nothing of the quota; the probe does.
        "threads": context.machine.cores_usable,
    }
    result = run_in_environment(context, folder, stage=NAME, inputs=inputs)
    return outcome_of(result, folder.path)


def _own_files(context: Context) -> list[Path]:
    train = context.config.train
    own = train.script
    if own is None and train.model is not None and ":" in train.model:
        own = train.model.partition(":")[0]
    return [] if own is None else with_imported(context.folder / own, context.folder)
