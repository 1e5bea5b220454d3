"""The runtime world: a stage's process inside the project's environment, followed by its events."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import bringup
from bringup.base.errors import BringupError, ExitCode
from bringup.base.events import EventReader
from bringup.base.files import check_writable, digest_tree, read_json, write_json
from bringup.base.messages import current_language
from bringup.base.processes import signal_name, start, stopping

REQUEST_VERSION: Final = 1
_POLL_S: Final = 0.05
_TAIL_CHARS: Final = 4000
_PACKAGE: Final = Path(bringup.__file__).parent
_PARTS: Final = ("__init__.py", "base", "pipeline", "serving")
"""What the runtime world consists of."""


class RuntimeBug(Exception):  # noqa: N818 - it is our fault, not the user's error
    """A stage's process ended without an answer: our bug, with what it wrote."""

    output: Path | None = None


@cache
def code_digest(package: str) -> str:
    """Return the digest of the code of ``pipeline`` or ``serving``, and of what it stands on.

    A part of the key of each stage that runs it. Texts and pages change no outcome.
    """
    files = [file for part in ("base", package) for file in (_PACKAGE / part).rglob("*.py")]
    return f"sha256:{digest_tree(files, _PACKAGE)}"


def lay_runtime(folder: Path) -> Path:
    """Copy the runtime world below ``folder`` and return what to put on PYTHONPATH.

    A copy, because the folder that holds bringup also holds what the control world needs, and
    those versions must not shadow the environment's own.
    """
    home = folder / digest_tree(_runtime_files(), _PACKAGE)[:12]
    if home.exists():
        return home
    folder.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=".runtime-", dir=folder))
    for file in _runtime_files():
        target = staging / "bringup" / file.relative_to(_PACKAGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, target)
    try:
        staging.rename(home)
    except OSError:
        shutil.rmtree(staging, ignore_errors=True)
        if not home.exists():
            raise
    return home


def runtime_env(python_path: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment variables of a runtime process."""
    env = {**os.environ, "PYTHONPATH": str(python_path), "PYTHONNOUSERSITE": "1"}
    env |= {"BRINGUP_LANG": current_language(), "PYTHONUNBUFFERED": "1", **(extra or {})}
    # The control world's own interpreter settings must not reach the environment's.
    # The environment is ours: without bytecode, each process would compile the frameworks again.
    for name in ("PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PYTHONDONTWRITEBYTECODE"):
        env.pop(name, None)
    return env


def run_stage(
    request: Mapping[str, Any],
    *,
    python: Path,
    runtime: Path,
    on_event: Callable[[dict[str, Any]], None],
) -> dict[str, Any]:
    """Run one stage in ``python``'s environment, tell its events, and return its result.

    ``request`` needs ``stage`` and ``folder``; the process reads it from ``request.json`` there.

    Raises:
        BringupError: what the stage itself reported; FIL001 and kin, the folder takes no more;
            RUN010, it was killed by a signal.
        RuntimeBug: it ended without result and without error.
    """
    folder = Path(request["folder"])
    for name in ("result.json", "error.json"):
        (folder / name).unlink(missing_ok=True)
    write_json(folder / "request.json", {"schema_version": REQUEST_VERSION, **request})
    argv = [python, "-P", "-m", "bringup.pipeline", request["stage"]]
    argv += ["--request", folder / "request.json"]
    log = folder / "process.log"
    returncode = follow(argv, folder=folder, log=log, env=runtime_env(runtime), on_event=on_event)
    if returncode == 0:
        result: dict[str, Any] = read_json(folder / "result.json")
        return result
    raise _failure(request["stage"], folder, returncode, log)


def follow(
    argv: list[Any],
    *,
    folder: Path,
    log: Path,
    env: Mapping[str, str],
    on_event: Callable[[dict[str, Any]], None],
) -> int:
    """Run a process, tell the events it appends to ``folder/events.jsonl``, return its code."""
    events_path = folder / "events.jsonl"
    offset = events_path.stat().st_size if events_path.exists() else 0
    reader = EventReader(events_path, offset=offset)
    with log.open("wb") as output:
        process = start(argv, stdout=output, stderr=output, env=env)
        with stopping(process):
            while True:
                code = process.poll()
                for event in reader.new():
                    on_event(event)
                if code is not None:
                    return code
                time.sleep(_POLL_S)


def _failure(stage: str, folder: Path, returncode: int, log: Path) -> Exception:
    error_path = folder / "error.json"
    if error_path.exists():
        error = BringupError.from_json(read_json(error_path))
        # The script of a project writes a log of its own.
        own = folder / "output.log"
        error.output = own if own.exists() else log
        return error
    if returncode in {-signal.SIGINT, int(ExitCode.INTERRUPTED)}:
        return KeyboardInterrupt()  # type: ignore[return-value]
    # A full disk takes no error file either; writing to a mapped file there ends in a signal.
    try:
        check_writable(folder)
    except BringupError as refusal:
        return refusal
    if returncode < 0:
        killed = BringupError("RUN010", stage=stage, signal=signal_name(-returncode), log=log)
        killed.output = log
        return killed
    bug = RuntimeBug(f"stage {stage} ended with code {returncode}\n{tail_of(log)}")
    bug.output = log
    return bug


def tail_of(log: Path) -> str:
    """Return the end of a log."""
    try:
        return log.read_text(encoding="utf-8", errors="replace")[-_TAIL_CHARS:]
    except OSError:
        return ""


def _runtime_files() -> list[Path]:
    files = [_PACKAGE / "__init__.py"]
    for part in _PARTS[1:]:
        files += sorted((_PACKAGE / part).rglob("*.py"))
        files += sorted((_PACKAGE / part).rglob("*.toml"))
        files += sorted((_PACKAGE / part).rglob("*.html"))
    return files
