"""serve: the bundle on a loopback port, asked by a real client, then stopped.

This closes the parity chain: the answer over HTTP against the trained model's own.
"""

from __future__ import annotations

import time
from pathlib import Path
from subprocess import Popen
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.base.files import read_json
from bringup.base.processes import start, stopping
from bringup.workflow.context import Context, Outcome, StageFolder
from bringup.workflow.runtime import (
    RuntimeBug,
    code_digest,
    follow,
    lay_runtime,
    runtime_env,
    tail_of,
)
from bringup.workflow.stages import sync

NAME: Final = "serve"
_READY_S: Final = 30.0


def applies(context: Context) -> bool:
    """A project with its own script has no bundle."""
    return not context.runs_script


def parts(context: Context) -> dict[str, Any]:
    """Depend on the bundle, the serving environment, our server's code and the gates."""
    return {
        "code": code_digest("serving"),
        "serving lock": sync.lock_digest(context, "serve"),
        **context.digests("export"),
        **{f"[export.gates].{name}": text for name, text in context.export_gates.items()},
    }


def run(context: Context, folder: StageFolder) -> Outcome:
    """Start the server, ask it, stop it."""
    runtime = lay_runtime(context.state_folder / "runtime")
    python = sync.serve_python(context)
    export_folder = context.stage_folder("export")
    ready = folder.path / "ready.json"
    for name in ("ready.json", "error.json", "check.json"):
        (folder.path / name).unlink(missing_ok=True)
    argv = server_argv(python, export_folder / "bundle", host="127.0.0.1", port=0, ready=ready)
    argv += ["--error-file", folder.path / "error.json"]
    env = runtime_env(runtime, {"BRINGUP_DIE_WITH_PARENT": "1"})
    log = folder.path / "server.log"
    with log.open("wb") as output:
        process = start(argv, stdout=output, stderr=output, env=env)
        with stopping(process):
            server = _wait_ready(process, ready, log)
            checked = _check(context, folder, server["url"], export_folder, env)
    return _outcome(context, checked, folder.path / "check.json")


def server_argv(
    python: Path, bundle: Path, *, host: str, port: int, ready: Path | None = None
) -> list[str | Path]:
    """Return the command that serves a bundle."""
    argv: list[str | Path] = [python, "-P", "-m", "bringup.serving", "--bundle", bundle]
    argv += ["--host", host, "--port", str(port)]
    return argv if ready is None else [*argv, "--ready-file", ready]


def _wait_ready(process: Popen[bytes], ready: Path, log: Path) -> dict[str, Any]:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        if ready.exists():
            server: dict[str, Any] = read_json(ready)
            return server
        if process.poll() is not None:
            raise _told(ready.parent, f"the server ended with {process.returncode}", log)
        time.sleep(0.02)
    raise BringupError("RUN011", limit_s=_READY_S, log=log)


def _check(
    context: Context,
    folder: StageFolder,
    url: str,
    export_folder: Path,
    env: dict[str, str],
) -> dict[str, Any]:
    answer = folder.path / "check.json"
    argv = [sync.serve_python(context), "-P", "-m", "bringup.serving.check", "--url", url]
    argv += ["--export-folder", export_folder, "--out", answer]
    argv += ["--error-file", folder.path / "error.json"]
    log = folder.path / "check.log"
    code = follow(argv, folder=folder.path, log=log, env=env, on_event=context.observer.event)
    if code != 0 or not answer.exists():
        raise _told(folder.path, f"the check of the server ended with {code}", log)
    document: dict[str, Any] = read_json(answer)
    return document


def _told(folder: Path, otherwise: str, log: Path) -> Exception:
    """Return the fault that the process wrote down, or a bug with the end of its log."""
    written = folder / "error.json"
    if written.exists():
        return BringupError.from_json(read_json(written))
    return RuntimeBug(f"{otherwise}\n{tail_of(log)}")


def _outcome(context: Context, checked: dict[str, Any], path: Path) -> Outcome:
    point = checked["point"]
    parity = {
        name: {"value": point[name]} for name in ("max_difference", "equal_labels") if name in point
    }
    return Outcome(
        metrics={**checked["metrics"], **parity},
        outputs={"check.json": path},
        gates=context.export_gates,
        details={
            "point": point,
            "checks": checked["checks"],
        },
        fault=_fault(checked["checks"]),
    )


def _fault(checks: list[dict[str, Any]]) -> BringupError | None:
    for check in checks:
        if not check["ok"]:
            return BringupError("RUN005", stage=NAME, name=check["name"], detail=check["detail"])
    return None
