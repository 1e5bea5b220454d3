"""Checkpoints: whole or absent, checked by digest, the last two kept.

A file is one line of JSON (version, identity of the run, SHA-256 of the rest) and a torch archive.
A kill leaves the file before it, thanks to the rename. Power loss can tear even a renamed file,
since it is not forced to disk (that would cost milliseconds each time): the digest tells, and the
checkpoint before is taken.
"""

from __future__ import annotations

import hashlib
import io
import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import torch

from bringup.base.files import faults_of

FOLDER: Final = "checkpoint"
_VERSION: Final = 1
_KEPT: Final = 2
_SUFFIX: Final = ".ckpt"

Note = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True, slots=True)
class Store:
    """The checkpoints of one run. ``identity`` digests what the weights depend on."""

    folder: Path
    identity: str
    notify: Note

    def save(self, state: dict[str, Any]) -> None:
        """Write ``state`` as the newest checkpoint; ``state["steps_done"]`` orders them.

        Raises:
            BringupError: FIL001 to FIL003, the disk refuses.
        """
        buffer = io.BytesIO()
        torch.save(state, buffer)
        payload = buffer.getbuffer()
        head = {
            "version": _VERSION,
            "identity": self.identity,
            "sha256": hashlib.sha256(payload).hexdigest(),
        }
        path = self.folder / f"{state['steps_done']:012d}{_SUFFIX}"
        part = path.with_name(f".{path.name}.part")
        with faults_of(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                with part.open("wb") as file:
                    file.write(json.dumps(head).encode() + b"\n")
                    file.write(payload)
                part.replace(path)
            except OSError:
                part.unlink(missing_ok=True)
                raise
            for old in self._files()[:-_KEPT]:
                old.unlink(missing_ok=True)

    def newest(self) -> dict[str, Any] | None:
        """Return the newest whole state of this run, None when there is none.

        Files of another run are removed, as are damaged ones; a note says so.
        """
        foreign = False
        found: dict[str, Any] | None = None
        for path in reversed(self._files()):
            head, state = _read(path)
            if state is not None and head.get("identity") == self.identity:
                found = found or state
                continue
            if state is None:
                self.notify("TRN021", {"name": path.name})
            foreign = foreign or state is not None
            path.unlink(missing_ok=True)
        if foreign:
            self.notify("TRN020", {})
        return found

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{_SUFFIX}"))


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """Return the head and the state; the state is None when the file is damaged."""
    with faults_of(path), path.open("rb") as file:
        line, payload = file.readline(), file.read()
    try:
        head = json.loads(line)
        if hashlib.sha256(payload).hexdigest() != head["sha256"]:
            return {}, None
        state = torch.load(io.BytesIO(payload), map_location="cpu", weights_only=True)
    except (ValueError, KeyError, TypeError, RuntimeError, pickle.UnpicklingError):
        return {}, None
    return head, state
