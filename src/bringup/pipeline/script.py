"""Script: the user's own training script, launched unchanged and watched."""

from __future__ import annotations

import codecs
import os
import subprocess
import sys
import time
from collections import deque
from pathlib import Path
from typing import IO, Any, Final

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter
from bringup.base.evidence import Metric
from bringup.base.files import digest_file, faults_of
from bringup.base.processes import signal_name, start
from bringup.base.resources import Usage, Watch
from bringup.pipeline.curves import Curves
from bringup.pipeline.request import Request, Result

LOG_FILE: Final = "output.log"
_LAST_LINES: Final = 20
_LINE_EVENT_EVERY_S: Final = 0.2
_READ_BYTES: Final = 1 << 16


def run(request: Request, events: EventWriter) -> Result:
    """Run ``[train].script`` in the project folder and record what it printed, used and left.

    Raises:
        BringupError: TRN040, no such script; TRN041 or TRN042, it failed; TRN043, an output that
            ``[train].outputs`` names is missing.
    """
    section = request.section("train")
    script = request.project_folder / section["script"]
    if not script.is_file():
        raise BringupError("TRN040", path=script)
    started_at = time.time()
    reader = _Reader(events)
    usage = _launch(request, [section["script"], *section["args"]], reader)
    _check_exit(usage, section["script"], request.folder / LOG_FILE, reader.last_lines)
    files = _outputs(request, started_at, events)
    return Result(
        stage="script",
        metrics=_metrics(usage, reader.history),
        outputs={"log": LOG_FILE},
        details={
            "history": reader.history,
            "resources": usage.to_json(),
            "command": ["python", section["script"], *section["args"]],
            "files": files,
            "last_lines": list(reader.last_lines),
        },
    )


class _Reader:
    """Splits what the script prints into lines, and makes events of them."""

    def __init__(self, events: EventWriter) -> None:
        self.last_lines: deque[str] = deque(maxlen=_LAST_LINES)
        self.history: list[dict[str, Any]] = []
        self._events = events
        self._curves = Curves()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""
        self._told_at = 0.0

    def read(self, data: bytes) -> None:
        """Take in what came; the part after the last line's end waits for more."""
        text = self._rest + self._decoder.decode(data)
        # Progress bars go back to the line's start instead of ending it.
        *lines, self._rest = text.replace("\r", "\n").split("\n")
        for line in lines:
            self._line(line.rstrip())

    def end(self) -> None:
        """Take what is left as the last line."""
        self._line(self._rest.rstrip())
        self._epoch(self._curves.end())

    def _line(self, line: str) -> None:
        if not line:
            return
        self.last_lines.append(line)
        self._epoch(self._curves.read(line))
        if time.monotonic() - self._told_at >= _LINE_EVENT_EVERY_S:
            self._events.emit("line", text=line)
            self._told_at = time.monotonic()

    def _epoch(self, fields: dict[str, Any] | None) -> None:
        if fields is not None:
            self.history.append(fields)
            self._events.emit("epoch", **fields)


def _launch(request: Request, words: list[str], reader: _Reader) -> Usage:
    log_path = request.folder / LOG_FILE
    with faults_of(log_path), log_path.open("wb", buffering=0) as log:
        process = start(
            [sys.executable, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=_environment(),
            cwd=request.project_folder,
        )
        if process.stdout is None:
            raise AssertionError("a pipe was asked for")
        with process.stdout as pipe, Watch(process) as watch:
            try:
                _copy(pipe, log, reader)
                return watch.wait()
            except BaseException:
                process.kill()
                watch.wait()
                raise


def _copy(pipe: IO[bytes], log: IO[bytes], reader: _Reader) -> None:
    while data := os.read(pipe.fileno(), _READ_BYTES):
        log.write(data)
        reader.read(data)
    reader.end()


def _environment() -> dict[str, str]:
    """Return our environment variables without what was set to start us."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    ours = str(Path(__file__).resolve().parents[2])
    path = environment.pop("PYTHONPATH", "").split(os.pathsep)
    if rest := [entry for entry in path if entry and str(Path(entry).resolve()) != ours]:
        environment["PYTHONPATH"] = os.pathsep.join(rest)
    return environment


def _check_exit(usage: Usage, script: str, log: Path, last_lines: deque[str]) -> None:
    if usage.exit_code == 0:
        return
    lines = "\n".join(f"    {line}" for line in last_lines)
    if usage.exit_code > 0:
        raise BringupError("TRN041", script=script, exit_code=usage.exit_code, lines=lines, log=log)
    peak = usage.peak_rss_bytes
    raise BringupError(
        "TRN042",
        script=script,
        signal=signal_name(-usage.exit_code).removeprefix("SIG"),
        lines=lines,
        log=log,
        peak="?" if peak is None else f"{peak / 2**20:.0f} MiB",
    )


def _outputs(request: Request, started_at: float, events: EventWriter) -> dict[str, str]:
    """Return the digest of each file that ``[train].outputs`` names."""
    section = request.section("train")
    paths = {name: request.project_folder / name for name in section["outputs"]}
    if missing := [name for name, path in paths.items() if not path.is_file()]:
        raise BringupError("TRN043", missing=", ".join(missing), script=section["script"])
    for name, path in paths.items():
        # Clocks of file systems are coarse: a second's grace.
        if path.stat().st_mtime < started_at - 1:
            events.note("TRN044", path=name, script=section["script"])
    return {name: f"sha256:{digest_file(path)}" for name, path in paths.items()}


def _metrics(usage: Usage, history: list[dict[str, Any]]) -> dict[str, Metric]:
    metrics = {"seconds": Metric(round(usage.seconds, 3), unit="s")}
    if usage.cpu_seconds is not None:
        metrics["cpu_seconds"] = Metric(round(usage.cpu_seconds, 3), unit="s")
    if usage.peak_rss_bytes is not None:
        metrics["peak_memory"] = Metric(usage.peak_rss_bytes, unit="bytes")
    if history:
        for split in ("train", "validation"):
            for name, value in history[-1][split].items():
                metrics[f"{split}_{name}"] = Metric(value)
    return metrics
