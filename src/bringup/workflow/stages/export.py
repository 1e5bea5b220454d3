"""export: the bundle, and parity from the trained weights to the exported model."""

from __future__ import annotations

import shutil
from typing import Any, Final

from bringup.base.files import write_json
from bringup.workflow.context import Context, Outcome, StageFolder, section_parts
from bringup.workflow.stages import sync, train
from bringup.workflow.stages.model_stage import common_parts, outcome_of, run_in_environment

NAME: Final = "export"


def applies(context: Context) -> bool:
    """A project with its own script exports for itself."""
    return not context.runs_script


def parts(context: Context) -> dict[str, Any]:
    """Depend on [export], the names that stand in the bundle, the trained model, the data."""
    config = context.config
    names = config.project.model_dump(mode="json", include={"name", "version", "description"})
    return {
        **common_parts(context),
        **section_parts("project", names, leave_out=set()),
        **section_parts("export", config.export.model_dump(mode="json"), leave_out=set()),
        "[serve].max_batch_rows": config.serve.max_batch_rows,
        "serving lock": sync.lock_digest(context, "serve"),
        **context.digests("train", leave_out=train.RECORDS),
        **context.digests("prepare"),
        **context.digests("evaluate"),
    }


def run(context: Context, folder: StageFolder) -> Outcome:
    """Export in the project's environment, then add what the control world knows."""
    inputs = {name: str(context.stage_folder(name)) for name in ("prepare", "train", "evaluate")}
    result = run_in_environment(context, folder, stage=NAME, inputs=inputs)
    bundle = folder.path / "bundle"
    shutil.copyfile(sync.lock_path(context, "serve"), bundle / "pylock.serve.toml")
    stages = ("probe", "lock", "sync", "verify", "prepare", "train", "evaluate")
    write_json(bundle / "evidence.json", {name: context.evidence(name) for name in stages})
    return outcome_of(result, folder.path, context.export_gates)
