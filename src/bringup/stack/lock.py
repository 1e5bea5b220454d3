"""Write the locks: pylock files of each target through uv, and bringup.lock for the rest."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from packaging.utils import canonicalize_name

from bringup.base.errors import BringupError
from bringup.base.files import faults_of, write_text
from bringup.knowledge.frameworks import FrameworkTable, framework_table
from bringup.machine.model import Machine
from bringup.stack.choose_targets import Choice, named
from bringup.stack.lock_file import REST, LockFile, TargetLock, write_lock
from bringup.stack.model import Lock, Note, Notify, Stack, silent
from bringup.stack.needs import target_lock
from bringup.stack.os_packages import checked as os_packages_checked
from bringup.stack.platforms import platform_variables, python_arguments
from bringup.stack.portable import Portable
from bringup.stack.settings import UvSettings, uv_settings
from bringup.stack.targets import AUTO, LockTarget, pylock_name, python_floor
from bringup.stack.uv import run_uv
from bringup.stack.uv_errors import error_of

_TIMEOUT_S: Final = 900.0


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the project file says of all targets."""

    python: str = ""
    """``[environment].python``."""
    base_image: str | None = None
    digest: str = ""
    """Of all that the project asked for."""
    asked: tuple[str, ...] = ()
    """Targets from the command line, kept for the next time."""


@dataclass(slots=True)
class _Work:
    """Locks in the making: nothing of it is in the project yet."""

    machine: Machine
    folder: Path
    work: Path
    portable: Portable
    notify: Notify
    notes: list[Note] = field(default_factory=list)
    packages: dict[str, dict[str, str]] = field(default_factory=dict)

    def note(self, note: Note) -> None:
        """Keep a note and tell it, once."""
        if note not in self.notes:
            self.notes.append(note)
            self.notify(note.code, note.params)


def lock_environment(
    stack: Stack,
    *,
    machine: Machine,
    folder: Path,
    state_folder: Path,
    notify: Notify = silent,
) -> Lock:
    """Lock one stack for the machine that it was chosen for: see ``lock_targets``."""
    choice = Choice(LockTarget(stack.build), stack, machine)
    return lock_targets(
        [choice], machine=machine, folder=folder, state_folder=state_folder, notify=notify
    )


def lock_targets(
    choices: Sequence[Choice],
    *,
    machine: Machine,
    folder: Path,
    state_folder: Path,
    wishes: Wishes | None = None,
    notify: Notify = silent,
    table: FrameworkTable | None = None,
) -> Lock:
    """Resolve each target into lock files in ``folder``; pins that are there and still fit stay.

    All files are resolved before any is replaced; each appears whole or not at all, and
    ``bringup.lock``, which names the others with their digests, comes last.

    Args:
        choices: the targets, with what was chosen for each.
        machine: the facts that say where packages come from.
        folder: the project's.
        state_folder: where to work, on the same disk.
        wishes: what the project says of all targets.
        notify: takes texts as it goes.
        table: the knowledge to use instead of the one that ships with bringup.

    Raises:
        UnreachableError: STK010, an index that is needed does not answer.
        BringupError: STK050 (no solution), STK053, STK055, STK012, FIL001 and other refusals;
            STK056, a lock that is there is broken. The target that fails is named.
    """
    wishes = wishes or Wishes()
    table = table or framework_table()
    with faults_of(state_folder):
        state_folder.mkdir(parents=True, exist_ok=True)
        _sweep(state_folder)
        place = Path(tempfile.mkdtemp(prefix="lock-", dir=state_folder))
    try:
        with Portable(machine) as portable:
            work = _Work(machine, folder, place, portable, notify)
            rows = [
                _resolved(choice, serve, wishes, work, table)
                for choice, serve in zip(choices, _serve_locks(choices), strict=True)
            ]
        return _publish(rows, choices, wishes, work, table)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _sweep(state_folder: Path) -> None:
    """Remove what a killed run left."""
    for left in state_folder.glob("lock-*"):
        shutil.rmtree(left, ignore_errors=True)


def _serve_locks(choices: Sequence[Choice]) -> list[str | None]:
    """Return the name of each target's serving lock: shared where platform and Python are."""
    minors: dict[str, str] = {}
    names: list[str | None] = []
    for choice in choices:
        minor = "".join(choice.stack.python.version.split(".")[:2])
        name = "-".join(filter(None, ("serve", choice.target.place)))
        # Targets that leave the Python open may have found different ones.
        if minors.setdefault(name, minor) != minor:
            name = f"{name}-py{minor}"
        names.append(pylock_name(name) if choice.stack.serve_requirements else None)
    return names


def _resolved(
    choice: Choice, serve: str | None, wishes: Wishes, work: _Work, table: FrameworkTable
) -> TargetLock:
    """Resolve one target's environments in the work folder."""
    stack, target = choice.stack, choice.target
    floor = python_floor(stack.python.version, wishes.python)
    with named(LockTarget(AUTO) if stack.requested == AUTO else target):
        settings = uv_settings(work.machine, framework_index=stack.framework_index)
        pylocks = {"train": work.work / target.train_lock}
        wanted = _wanted(stack.requirements, stack.requirements_file)
        _compile(wanted, pylocks["train"], choice, settings, floor, work)
        if serve is not None:
            pylocks["serve"] = work.work / serve
            if serve not in work.packages:
                wanted, plain = _wanted(stack.serve_requirements), uv_settings(work.machine)
                _compile(wanted, pylocks["serve"], choice, plain, floor, work)
    return target_lock(
        choice,
        pylocks=pylocks,
        packages=[name for path in pylocks.values() for name in work.packages[path.name]],
        python_floor=floor,
        base_image=wishes.base_image,
        table=table,
    )


def _wanted(requirements: Sequence[str], more: Path | None = None) -> tuple[str, list[Path]]:
    """Return what to resolve: lines of requirements, and files of them."""
    return "\n".join(requirements) + "\n", [more] if more is not None else []


def _compile(
    wanted: tuple[str, list[Path]],
    target: Path,
    choice: Choice,
    settings: UvSettings,
    floor: str,
    work: _Work,
) -> None:
    """Resolve what is wanted into the file ``target``."""
    for note in settings.notes:
        work.note(note)
    source = target.with_suffix(".in")
    write_text(source, wanted[0])
    before = work.folder / target.name
    if before.is_file():
        # uv prefers the versions that its output file holds already; a broken one (a merge that
        # stopped halfway) holds pins that somebody wants back, so it is not overwritten.
        locked_packages(before)
        shutil.copyfile(before, target)
    arguments: list[str | Path] = ["pip", "compile", source, *wanted[1]]
    arguments += python_arguments(choice.machine, choice.stack.python, floor)
    arguments += ["--no-python-downloads", "--no-progress"]
    arguments += ["--format", "pylock.toml", "--output-file", target]
    arguments += settings.arguments
    env = {**settings.env, **platform_variables(choice.machine)}
    env["UV_CUSTOM_COMPILE_COMMAND"] = "bringup lock"
    completed = run_uv(arguments, env=env, timeout_s=_TIMEOUT_S, cwd=work.folder)
    if not completed.ok:
        raise _shown_as(
            error_of(completed, folder=work.folder, machine=settings.machine), source, work.folder
        )
    if (kept := work.portable.rewrite(target)) is not None:
        work.note(kept)
    work.packages[target.name] = locked_packages(target)


def _shown_as(error: BringupError, source: Path, folder: Path) -> BringupError:
    # The temporary file's path says nothing to people; the project file does.
    reason = error.params.get("reason")
    if isinstance(reason, str):
        error.params["reason"] = reason.replace(str(source), str(folder / "bringup.toml"))
    return error


def _publish(
    rows: Sequence[TargetLock],
    choices: Sequence[Choice],
    wishes: Wishes,
    work: _Work,
    table: FrameworkTable,
) -> Lock:
    for name in work.packages:
        with faults_of(work.folder / name):
            (work.work / name).replace(work.folder / name)
    rest = work.folder / REST
    tables = {
        "frameworks": table.checked.isoformat(),
        "os_packages": os_packages_checked().isoformat(),
    }
    write_lock(rest, LockFile(tuple(rows), wishes.digest, wishes.asked, tables))
    files = {file.name: file.sha256 for row in rows for file in row.files.values()}
    first = rows[0].files
    return Lock(
        train=work.folder / first["train"].name,
        serve=work.folder / first["serve"].name if "serve" in first else None,
        rest=rest,
        digests=files,
        packages=work.packages,
        notes=tuple(work.notes),
        targets=tuple(rows),
    )


def locked_packages(pylock: Path) -> dict[str, str]:
    """Return package -> version of a lock file.

    Raises:
        BringupError: STK056, the file is no lock.
    """
    try:
        document = tomllib.loads(pylock.read_text(encoding="utf-8"))
        return {
            canonicalize_name(row["name"]): str(row.get("version", ""))
            for row in document["packages"]
        }
    except (tomllib.TOMLDecodeError, KeyError, TypeError, OSError, UnicodeDecodeError) as error:
        raise BringupError("STK056", path=pylock, reason=error) from error
