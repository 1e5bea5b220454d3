"""A command on this machine: its output shown and kept, what it used recorded."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from subprocess import PIPE, STDOUT
from typing import IO, Any

from bringup.base.errors import BringupError
from bringup.base.files import faults_of
from bringup.base.processes import start, stopping
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
        BringupError: PRC001, there is no such program; FIL001 and kin, the log takes no more.
    """
    program = shutil.which(argv[0], path=env["PATH"])
    if program is None:
        raise BringupError("PRC001", program=argv[0])
    with faults_of(log):
        log.parent.mkdir(parents=True, exist_ok=True)
        # Without a buffer: what a full disk refuses is not tried again when the file is closed.
        file = log.open("wb", buffering=0)
    with file:
        # One pipe for both streams keeps their order in the log.
        process = start(
            [program, *argv[1:]],
            # The command may ask, or read what is piped into us.
            stdin=None,
            stdout=PIPE,
            stderr=STDOUT,
            env=env,
            cwd=folder,
        )
        if process.stdout is None:
            raise AssertionError("the pipe was asked for")
        sinks: list[IO[Any]] = [file, *([sys.stdout.buffer] if show else [])]
        faults: list[OSError] = []
        copier = threading.Thread(
            target=_copy, args=(process.stdout, sinks, faults.append), daemon=True
        )
        copier.start()
        # An interrupt reaches the command as well: it has the time to end as it likes.
        with stopping(process), Watch(process) as watch:
            usage = watch.wait()
        copier.join()
    if faults:
        with faults_of(log):
            raise faults[0]
    return usage


def _copy(source: IO[bytes], sinks: list[IO[Any]], refuse: Callable[[OSError], None]) -> None:
    """Copy to all sinks, the log first. One that takes no more is left out, and we read on.

    Else the command would wait for ever with a full pipe.
    """
    log = sinks[0]
    # read1 gives what is there: a progress bar moves as it would without us.
    while chunk := source.read1():  # type: ignore[attr-defined]
        for sink in tuple(sinks):
            try:
                rest = memoryview(chunk)
                while rest:
                    rest = rest[sink.write(rest) :]
                sink.flush()
            except OSError as error:
                sinks.remove(sink)
                # Who reads our output may stop when they have seen enough; the log must be whole.
                if sink is log:
                    refuse(error)
