"""A command on this machine: its output shown and kept, what it used recorded."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import IO, Any

from bringup.base.errors import BringupError
from bringup.base.processes import start
from bringup.base.resources import Usage, Watch


def environment_variables(python: Path, base: Mapping[str, str]) -> dict[str, str]:
    """Return ``base`` as if the environment of ``python`` were activated."""
    scripts = python.parent
    env = {**base, "VIRTUAL_ENV": str(scripts.parent)}
    env["PATH"] = os.pathsep.join([str(scripts), base.get("PATH", os.defpath)])
    env.setdefault("PYTHONUNBUFFERED", "1")
    env.pop("PYTHONHOME", None)
    return env


def launch(
    argv: Sequence[str],
    *,
    env: Mapping[str, str],
    folder: Path,
    log: Path,
    show: bool,
) -> Usage:
    """Run ``argv`` in ``folder`` to its end; its output goes to ``log`` and, shown, to ours.

    Raises:
        BringupError: PRC001, there is no such program.
    """
    program = shutil.which(argv[0], path=env["PATH"])
    if program is None:
        raise BringupError("PRC001", program=argv[0])
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as file:
        # One pipe for both streams keeps their order in the log.
        process = start([program, *argv[1:]], stdout=PIPE, stderr=STDOUT, env=env, cwd=folder)
        if process.stdout is None:
            raise AssertionError("the pipe was asked for")
        copier = threading.Thread(target=_copy, args=(process.stdout, file, show), daemon=True)
        copier.start()
        try:
            with Watch(process) as watch:
                usage = watch.wait()
        except BaseException:
            process.kill()
            process.wait()
            raise
        copier.join()
    return usage


def _copy(source: IO[bytes], log: IO[Any], show: bool) -> None:
    # read1 gives what is there: a progress bar moves as it would without us.
    while chunk := source.read1():  # type: ignore[attr-defined]
        log.write(chunk)
        log.flush()
        if show:
            sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
