"""prepare: fetch the raw data here, clean and split it in the project's environment."""

from __future__ import annotations

from typing import Any, Final

from bringup.base.files import digest_file, digest_value
from bringup.workflow.context import Context, Outcome, StageFolder, section_parts
from bringup.workflow.stages import sync
from bringup.workflow.stages.model_stage import (
    common_parts,
    dataset_row,
    outcome_of,
    run_in_environment,
)

NAME: Final = "prepare"


def applies(context: Context) -> bool:
    """A project with its own script reads its data itself."""
    return not context.runs_script


def parts(context: Context) -> dict[str, Any]:
    """Depend on [data], [prepare], the task and the content of the raw data."""
    config = context.config
    data = {} if config.data is None else config.data.model_dump(mode="json")
    found = {
        **common_parts(context),
        **section_parts("data", data, leave_out=set()),
        **section_parts("prepare", config.prepare.model_dump(mode="json"), leave_out=set()),
        "[train].task": config.train.task,
    }
    if config.data is not None and config.data.path is not None:
        found["data"] = f"sha256:{digest_file(context.folder / config.data.path)}"
    else:
        found["data"] = f"sha256:{digest_value(dataset_row(context))}"
    return found


def run(context: Context, folder: StageFolder) -> Outcome:
    """Fetch, then prepare."""
    raw = {name: str(path) for name, path in _raw_files(context, folder).items()}
    result = run_in_environment(context, folder, stage=NAME, inputs={"raw": raw})
    return outcome_of(result, folder.path)


def _raw_files(context: Context, folder: StageFolder) -> dict[str, Any]:
    from bringup.datasets import fetch
    from bringup.datasets.cache import cache_folder
    from bringup.knowledge.datasets import dataset

    data = context.config.data
    if data is None:
        raise AssertionError("the loader asks for [data] when no script trains")
    if data.path is not None:
        return {"data.csv": context.folder / data.path}

    def progress(name: str, done: int, total: int | None) -> None:
        folder.emit("progress", done=done, total=total, unit="bytes", name=name)

    return fetch(
        dataset(data.dataset or ""),
        machine=context.machine,
        cache=cache_folder(),
        site_packages=sync.site_packages(context),
        notify=folder.notify,
        progress=progress,
    )
