"""What prepare, train, evaluate and export share: a request to the runtime world."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bringup.base.messages import current_language
from bringup.workflow.context import Context, Outcome, StageFolder
from bringup.workflow.runtime import code_digest, lay_runtime, run_stage
from bringup.workflow.stages import sync


def common_parts(context: Context) -> dict[str, Any]:
    """Return what every runtime stage depends on: our code, the lock, the seed."""
    return {
        "code": code_digest("pipeline"),
        "lock": sync.lock_digest(context, "train"),
        "[project].seed": context.config.project.seed,
    }


def dataset_row(context: Context) -> dict[str, Any] | None:
    """Return the row of the named data set, None when the project brings its own file."""
    from bringup.knowledge.datasets import dataset

    data = context.config.data
    if data is None or data.dataset is None:
        return None
    return dataset(data.dataset).to_json()


def run_in_environment(
    context: Context,
    folder: StageFolder,
    *,
    stage: str,
    inputs: Mapping[str, Any],
) -> dict[str, Any]:
    """Run one runtime stage in the project's environment and return its result."""
    request = {
        "stage": stage,
        "folder": str(folder.path),
        "project_folder": str(context.folder),
        "config": context.config.model_dump(mode="json"),
        "inputs": dict(inputs),
        "dataset": dataset_row(context),
        "language": current_language(),
    }
    return run_stage(
        request,
        python=sync.train_python(context),
        runtime=lay_runtime(context.state_folder / "runtime"),
        on_event=context.observer.event,
    )


def outcome_of(
    result: Mapping[str, Any], folder: Path, gates: Mapping[str, str] | None = None
) -> Outcome:
    """Turn a runtime result into an outcome."""
    outputs = {name: folder / relative for name, relative in result["outputs"].items()}
    return Outcome(
        metrics=result["metrics"],
        outputs=outputs,
        gates=gates or {},
        details=result["details"],
    )
