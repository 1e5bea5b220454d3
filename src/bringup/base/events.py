"""``events.jsonl``: what a running stage says as it goes, one JSON object a line.

The runtime world writes it; the terminal, the report and any dashboard read the same file.
Every event has ``t`` (Unix time, s), ``stage`` and ``kind``. Kinds:

* ``progress``: ``done``, ``total``, ``unit``; where known ``rate`` (units/s), ``left_s`` and
  ``values`` (name -> number to show, for example loss and accuracy)
* ``epoch``: ``epoch`` (from 1), ``seconds``, ``samples_per_s``, ``train`` and ``validation``
  (each name -> number)
* ``check``: ``name``, ``ok``, ``seconds``, ``detail`` (one piece of verification work)
* ``note``: ``code`` and ``params`` of a catalogue text
* ``line``: ``text``, a line that the user's own script printed (a few per second at most); the
  ``epoch`` events read from such lines have no ``samples_per_s``
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any


class EventWriter:
    """Appends events to a file, whole lines only, so that a reader never sees a part."""

    def __init__(self, path: Path, stage: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._stage = stage
        torn = _ends_inside_a_line(path)
        self._file: IO[bytes] = path.open("ab", buffering=0)
        if torn:
            self._file.write(b"\n")

    def emit(self, kind: str, **fields: Any) -> dict[str, Any]:
        """Append one event and return it."""
        event = {"t": round(time.time(), 3), "stage": self._stage, "kind": kind, **fields}
        self._file.write(json.dumps(event, ensure_ascii=False).encode() + b"\n")
        return event

    def note(self, code: str, **params: Any) -> None:
        """Append a text of the catalogue."""
        self.emit("note", code=code, params=params)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class EventReader:
    """Reads the events of a growing file; each call of ``new`` gives what has come since."""

    def __init__(self, path: Path, *, offset: int = 0) -> None:
        self._path = path
        self._offset = offset

    def new(self) -> Iterator[dict[str, Any]]:
        """Yield the events appended since the last call; an unfinished last line waits."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):
                    return
                self._offset += len(line)
                if (event := _parse(line)) is not None:
                    yield event


def read_events(path: Path) -> list[dict[str, Any]]:
    """Return all whole events of a file; a line torn by a kill is left out."""
    return list(EventReader(path).new())


def _ends_inside_a_line(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read() != b"\n"
    except OSError:
        return False


def _parse(line: bytes) -> dict[str, Any] | None:
    # A kill can tear a line; the next writer ends it, and that one event is lost.
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None
