"""What was done to fix findings, written before each step, so that all of it can be taken back.

A journal is a folder: ``journal.json`` and the files that were moved away or replaced. It lies in
the project's ``.bringup/journal/``, or in the user's state folder without a project.
"""

from __future__ import annotations

import shutil
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.base.files import faults_of, read_json, write_json, write_text
from bringup.base.processes import run
from bringup.doctor.plan import Planned
from bringup.doctor.steps import Command, MoveAway, SetMode, Step, WriteFile

SCHEMA_VERSION: Final = 1
_NAME: Final = "journal.json"
_COMMAND_LIMIT_S: Final = 1800.0
_OUTPUT_LIMIT_BYTES: Final = 1 << 20


@dataclass(slots=True)
class Journal:
    """One series of steps. Every change is written down before it is made."""

    folder: Path
    entries: list[dict[str, Any]] = field(default_factory=list)
    undone: bool = False

    @classmethod
    def begin(cls, parent: Path) -> Journal:
        """Return a new journal below ``parent``."""
        stamp = time.strftime("%Y%m%d-%H%M%S")
        folder, number = parent / stamp, 1
        while folder.exists():
            number += 1
            folder = parent / f"{stamp}-{number}"
        return cls(folder)

    @classmethod
    def last(cls, parent: Path) -> Journal:
        """Return the newest journal that was not taken back yet.

        Raises:
            BringupError: DOC130, there is none.
        """
        for folder in sorted(parent.iterdir(), reverse=True) if parent.is_dir() else ():
            if not (folder / _NAME).is_file():
                continue
            document = read_json(folder / _NAME)
            if not document["undone"]:
                return cls(folder, document["entries"])
        raise BringupError("DOC130", folder=parent)

    def do(self, planned: Planned) -> None:
        """Take one safe step.

        Raises:
            BringupError: DOC131, its command failed; FIL001 to FIL003, a file refused.
        """
        if not planned.safe:
            raise AssertionError("only safe steps are taken")
        entry = self._entry(planned.step) | {"codes": list(planned.codes)}
        self.entries.append(entry)
        self._write()
        self._take(planned.step, entry)
        entry["done"] = True
        self._write()

    def undo(self) -> list[dict[str, Any]]:
        """Take back all steps, the last first, and return their entries.

        Raises:
            BringupError: DOC131, a command failed; FIL001 to FIL003, a file refused. What was
                taken back until then is written down.
        """
        taken = []
        for entry in reversed(self.entries):
            if not entry.get("undone"):
                _take_back(entry)
                entry["undone"] = True
                self._write()
                taken.append(entry)
        self.undone = True
        self._write()
        return taken

    def _write(self) -> None:
        document = {
            "schema_version": SCHEMA_VERSION,
            "entries": self.entries,
            "undone": self.undone,
        }
        write_json(self.folder / _NAME, document)

    def _entry(self, step: Step) -> dict[str, Any]:
        if isinstance(step, Command):
            return {"do": "run", "argv": list(step.argv), "undo": list(step.undo or ())}
        if isinstance(step, (MoveAway, WriteFile, SetMode)):
            path = Path(step.path)
            kept = self.folder / f"{len(self.entries)}-{path.name}"
            there = path.exists() or path.is_symlink()
            kinds = {MoveAway: "move_away", WriteFile: "write", SetMode: "set_mode"}
            entry: dict[str, Any] = {"do": kinds[type(step)], "path": str(path.absolute())}
            if isinstance(step, SetMode):
                return entry | {"old_mode": stat.S_IMODE(path.stat().st_mode) if there else None}
            return entry | {"kept": str(kept) if there else None}
        raise AssertionError("a variable is set by the user's shell alone")

    def _take(self, step: Step, entry: dict[str, Any]) -> None:
        if isinstance(step, Command):
            _run(step.argv)
            return
        if not isinstance(step, (MoveAway, WriteFile, SetMode)):
            raise AssertionError("a variable is set by the user's shell alone")
        path = Path(step.path)
        with faults_of(path):
            if isinstance(step, SetMode):
                path.chmod(step.mode)
            elif isinstance(step, MoveAway):
                shutil.move(path, entry["kept"])
            else:
                if entry["kept"] is not None:
                    shutil.copy2(path, entry["kept"])
                write_text(path, step.text)


def _take_back(entry: dict[str, Any]) -> None:
    if entry["do"] == "run":
        # A command that failed may have done its work in part: what takes it back runs as well.
        _run(tuple(entry["undo"]))
        return
    path = Path(entry["path"])
    with faults_of(path):
        if entry["do"] == "set_mode":
            if entry["old_mode"] is not None:
                path.chmod(entry["old_mode"])
        elif entry["kept"] is not None:
            # Killed between the entry and the change: then there is nothing to bring back.
            if Path(entry["kept"]).exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.move(entry["kept"], path)
        elif entry["do"] == "write":
            path.unlink(missing_ok=True)


def _run(argv: tuple[str, ...]) -> None:
    done = run(argv, timeout_s=_COMMAND_LIMIT_S, output_limit_bytes=_OUTPUT_LIMIT_BYTES)
    if not done.ok:
        said = (done.stderr or done.stdout).strip().splitlines() or [""]
        raise BringupError("DOC131", command=" ".join(argv), code=done.returncode, reason=said[-1])
