"""The bundle served in the foreground, for ``bringup serve``."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from bringup.base.errors import BringupError
from bringup.base.files import read_json
from bringup.base.messages import text_of
from bringup.base.processes import shell_code, start, stopping
from bringup.workflow.context import Context
from bringup.workflow.runtime import lay_runtime, runtime_env
from bringup.workflow.stages import sync
from bringup.workflow.stages.serve import server_argv

_POLL_S: Final = 0.05


def serve_bundle(context: Context, *, host: str, port: int, say: Callable[[str], None]) -> int:
    """Serve the project's bundle until the server ends or we are interrupted.

    Returns the server's exit code.

    Raises:
        BringupError: RUN007, a project with its own script has no bundle.
    """
    if context.runs_script:
        raise BringupError("RUN007", stage="export")
    bundle = context.stage_folder("export") / "bundle"
    runtime = lay_runtime(context.state_folder / "runtime")
    ready = context.state_folder / "serving.json"
    ready.unlink(missing_ok=True)
    argv = server_argv(sync.serve_python(context), bundle, host=host, port=port, ready=ready)
    env = runtime_env(runtime, {"BRINGUP_DIE_WITH_PARENT": "1"})
    name = context.config.project.name
    process = start(argv, env=env)
    with stopping(process):
        while process.poll() is None and not ready.exists():
            time.sleep(_POLL_S)
        if ready.exists():
            # Only now it answers; and a port that was to be found is known.
            say(text_of("RUN020", name=name, url=read_json(ready)["url"]))
        return shell_code(process.wait())
