"""``bringup run``: any command in the project's environment, as a run with its record."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Final

from bringup.base.files import write_json
from bringup.base.processes import shell_code
from bringup.launch.local import environment_variables, launch
from bringup.workflow.context import Context
from bringup.workflow.runs import now, numbered_folder
from bringup.workflow.stages import sync

SCHEMA_VERSION: Final = 1


def run_in_project(context: Context, command: Sequence[str], *, show: bool) -> dict[str, Any]:
    """Run ``command`` in the project's folder and environment, and return its record.

    The record: ``command``, ``exit_code``, ``seconds``, ``cpu_seconds``, ``peak_memory_bytes``
    (the whole process tree), ``log`` (relative to the project).

    Raises:
        BringupError: PRC001, there is no such program in the environment or on PATH.
    """
    folder = numbered_folder(context.folder / "runs" / "commands")
    started_at = now()
    usage = launch(
        command,
        env=environment_variables(sync.train_python(context), os.environ),
        folder=context.folder,
        log=folder / "output.log",
        show=show,
    )
    record = {
        "schema_version": SCHEMA_VERSION,
        "command": list(command),
        "started_at": started_at,
        "exit_code": shell_code(usage.exit_code),
        "seconds": round(usage.seconds, 3),
        "cpu_seconds": usage.cpu_seconds,
        "peak_memory_bytes": usage.peak_rss_bytes,
        "log": str((folder / "output.log").relative_to(context.folder)),
    }
    write_json(folder / "record.json", record)
    return record
