"""What was done to fix findings, written before each step, so that all of it can be taken back.

A journal is a folder: ``journal.json`` and the files that were moved away or replaced. It lies in
the project's ``.bringup/journal/``, or in the user's state folder without a project.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.base.files import faults_of, read_json, write_json, write_text
from bringup.base.processes import run
from bringup.doctor.moving import move, remove
from bringup.doctor.plan import Planned
from bringup.doctor.steps import Command, MoveAway, SetMode, Step, WriteFile

SCHEMA_VERSION: Final = 1
_NAME: Final = "journal.json"
_PART: Final = ".part"
_DO: Final = {MoveAway: "move_away", WriteFile: "write", SetMode: "set_mode"}
_KINDS: Final = frozenset((*_DO.values(), "run"))
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
            BringupError: DOC130, there is none; FIL005 and DOC146, it cannot be read.
        """
        for folder in sorted(parent.iterdir(), key=_age, reverse=True) if parent.is_dir() else ():
            if (folder / _NAME).is_file() and not (journal := cls._read(folder)).undone:
                return journal
        raise BringupError("DOC130", folder=parent)

    @classmethod
    def _read(cls, folder: Path) -> Journal:
        path = folder / _NAME
        document = read_json(path)
        try:
            version, entries, undone = (
                document[name] for name in ("schema_version", "entries", "undone")
            )
            whole = version == SCHEMA_VERSION and all(row["do"] in _KINDS for row in entries)
        except (KeyError, TypeError) as error:
            raise BringupError("DOC146", path=path, reason=f"{error!r}") from error
        if not whole:
            raise BringupError("DOC146", path=path, reason=f"schema_version {version}")
        return cls(folder, entries, bool(undone))

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
            BringupError: DOC131, a command failed; DOC147, something else stands in the way;
                FIL001 to FIL003, a file refused. What was taken back until then is written down.
        """
        taken = []
        for entry in reversed(self.entries):
            if not entry.get("undone"):
                _refuse_to_replace(entry)
                # Killed from here on, what stands in the place is ours.
                entry["undoing"] = True
                self._write()
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
            path = Path(step.path).absolute()
            if isinstance(step, WriteFile):
                # A link to a file in another place stays one.
                path = path.resolve()
            kept = self.folder / f"{len(self.entries)}-{path.name}"
            there = os.path.lexists(path)
            entry: dict[str, Any] = {"do": _DO[type(step)], "path": str(path)}
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
        path = Path(entry["path"])
        with faults_of(path):
            if isinstance(step, SetMode):
                path.chmod(step.mode)
            elif isinstance(step, WriteFile):
                _write_over(path, step.text, entry["kept"])
            elif entry["kept"] is not None:
                move(path, Path(entry["kept"]))


def _age(folder: Path) -> tuple[str, int]:
    """Return what journals are ordered by: their second, then their number within it."""
    day, _, rest = folder.name.partition("-")
    time_of_day, _, number = rest.partition("-")
    return f"{day}-{time_of_day}", int(number) if number.isdecimal() else 1


def _write_over(path: Path, text: str, kept: str | None) -> None:
    """Replace a file, a copy of which is kept whole; the new one is as closed as the old one."""
    if kept is None:
        write_text(path, text)
        return
    part = Path(f"{kept}{_PART}")
    shutil.copy2(path, part)
    part.replace(kept)
    write_text(path, text)
    path.chmod(stat.S_IMODE(Path(kept).stat().st_mode))


def _take_back(entry: dict[str, Any]) -> None:
    if entry["do"] == "run":
        _take_command_back(entry)
        return
    path = Path(entry["path"])
    with faults_of(path):
        if entry["do"] == "set_mode":
            if entry["old_mode"] is not None and path.exists():
                path.chmod(entry["old_mode"])
        elif entry["do"] == "move_away":
            _bring_back(entry, path)
        elif entry["kept"] is None:
            path.unlink(missing_ok=True)
        # Killed between the entry and the change: then there is nothing to bring back.
        elif os.path.lexists(entry["kept"]):
            path.unlink(missing_ok=True)
            move(Path(entry["kept"]), path, from_journal=True)


def _bring_back(entry: dict[str, Any], path: Path) -> None:
    """Put what was moved away in its place again.

    What is kept is whole as long as it is there (see ``move``). What stands in its place then is
    what a kill left there.
    """
    if entry["kept"] is None or not os.path.lexists(entry["kept"]):
        return
    remove(path)
    move(Path(entry["kept"]), path, from_journal=True)


def _refuse_to_replace(entry: dict[str, Any]) -> None:
    """Raise DOC147 when somebody put something where a thing was moved away from."""
    path, kept = Path(entry.get("path", "")), entry.get("kept")
    ours = entry["do"] != "move_away" or not entry.get("done") or entry.get("undoing")
    if not ours and kept is not None and os.path.lexists(kept) and os.path.lexists(path):
        raise BringupError("DOC147", path=path, kept=kept)


def _take_command_back(entry: dict[str, Any]) -> None:
    """A command that failed may have done its work in part: what takes it back runs as well."""
    try:
        _run(tuple(entry["undo"]))
    except BringupError as error:
        if entry.get("done"):
            raise
        # It never worked, so that there may be nothing to take back: what came first still can be.
        entry["left"] = str(error)


def _run(argv: tuple[str, ...]) -> None:
    done = run(argv, timeout_s=_COMMAND_LIMIT_S, output_limit_bytes=_OUTPUT_LIMIT_BYTES)
    if not done.ok:
        said = (done.stderr or done.stdout).strip().splitlines() or [""]
        raise BringupError("DOC131", command=" ".join(argv), code=done.returncode, reason=said[-1])
