"""lock: choose the builds that go together, per target, and lock every file's hash.

A lock that came with the project (a clone, a pull) is taken as it is while it says what the project
wants; `sync` takes one made here in the same way. Else it is resolved anew when what it depends on
has changed here, or when the user asks.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.base.files import digest_file, digest_value, read_json, write_json
from bringup.environment.table_faults import known_faults, observed_table
from bringup.machine import redacted_value
from bringup.stack.lock_file import REST, LockFile, TargetLock, read_lock, same_files
from bringup.stack.requirements import tables_digest, wants_digest, with_included
from bringup.workflow.context import Context, Outcome, StageFolder, file_parts, section_parts

NAME: Final = "lock"
AUTO: Final = "auto"
_DECIDING: Final = (
    "os.family",
    "os.arch",
    "libc.family",
    "libc.version",
    "gpu.devices",
    "gpu.nvidia_driver",
    "python.interpreters",
    "index.uv.offline",
)
"""Facts that the choice looks at."""
_OF_ACCELERATORS: Final = frozenset({"gpu.devices", "gpu.nvidia_driver"})
_OF_PLATFORMS: Final = frozenset(
    {"os.family", "os.arch", "os.version", "libc.family", "libc.version"}
)
_PYTHON: Final = re.compile(r"py3\.\d+$")
_ONLY_PYTHON: Final = re.compile(r"@py3\.\d+$")
_DECIDING_SETTINGS: Final = ("index", "extra_indexes", "find_links", "constraints", "no_index")
"""The other settings say how to get there: proxy, certificates, time limits."""


def applies(context: Context) -> bool:
    """Every project has an environment."""
    return True


def parts(context: Context) -> dict[str, Any]:
    """Depend on [environment], the targets, the deciding facts, the index settings, our tables.

    New credentials for the same index change nothing, and the key may be shown: they are no part.
    """
    environment = context.config.environment
    targets = _targets(context)
    found = {
        **section_parts("environment", environment.model_dump(mode="json"), leave_out={"targets"}),
        "targets": list(targets),
        **{f"fact {key}": context.machine.value(key) for key in _deciding(context, targets)},
        **_index_parts(context),
        "tables": f"sha256:{tables_digest()}",
        "own script": context.runs_script,
        **_observed_part(context),
    }
    if environment.requirements_file is not None:
        path = context.folder / environment.requirements_file
        found |= file_parts(with_included(path), context.folder)
    return found


def _observed_part(context: Context) -> dict[str, Any]:
    """Return where this machine has shown the tables to be wrong; nothing where they are right."""
    faults = known_faults(context.machine, context.state_folder)
    return {"observed": f"sha256:{digest_value(faults)}"} if faults else {}


def _deciding(context: Context, targets: tuple[str, ...]) -> list[str]:
    """Return the facts that the choice looks at: none that every target settles itself."""
    # Wheels for macOS are made for a version of it; a distribution's own does not count.
    more = ("os.version",) if context.machine.os == "macos" else ()
    settled: set[str] = set()
    if AUTO not in targets:
        settled |= _OF_ACCELERATORS
        if all("@" in name and not _ONLY_PYTHON.search(name) for name in targets):
            settled |= _OF_PLATFORMS
        if all(_PYTHON.search(name) for name in targets):
            settled.add("python.interpreters")
    return [key for key in (*_DECIDING, *more) if key not in settled]


def _targets(context: Context) -> tuple[str, ...]:
    """Return what to lock for: the command line's wish, the project file's, the last wish."""
    if context.targets:
        return context.targets
    if context.config.environment.targets:
        return tuple(context.config.environment.targets)
    try:
        return read_lock(context.folder / REST).asked or (AUTO,)
    except BringupError:
        return (AUTO,)


def _index_parts(context: Context) -> dict[str, Any]:
    """Return the settings that decide which packages are found, and what constraint files say."""
    settings = redacted_value(context.machine.value("index.settings")) or {}
    found = {f"index {name}": settings.get(name) for name in _DECIDING_SETTINGS}
    for place in context.machine.index_settings.constraints:
        found |= file_parts(with_included(Path(place)), context.folder)
    return found


def run(context: Context, folder: StageFolder) -> Outcome:
    """Take the lock that came with the project, or choose and let uv resolve the rest.

    Raises:
        BringupError: STK073, a newer bringup wrote the lock: it is not ours to write over.
    """
    _refuse_newer(context.folder / REST)
    taken = None if context.resolves else _came_with_project(context)
    outcome = _resolve(context, folder) if taken is None else _take(context, folder, taken)
    mark = {"sha256": digest_file(context.folder / REST)}
    write_json(_mark_path(context), mark)
    return outcome


def _refuse_newer(rest: Path) -> None:
    try:
        read_lock(rest)
    except BringupError as error:
        # One that is damaged or older is made anew.
        if error.code == "STK073":
            raise


def _resolve(context: Context, folder: StageFolder) -> Outcome:
    from bringup.stack.choose_targets import choose_targets
    from bringup.stack.lock import Wishes, lock_targets
    from bringup.stack.targets import parse_targets

    environment = context.config.environment
    targets = _targets(context)
    choices = choose_targets(
        context.machine,
        context.project,
        parse_targets(targets),
        notify=folder.notify,
        # What was observed here overrides what the tables say.
        table=observed_table(context.machine, context.state_folder),
    )
    # What the project file says needs no memory.
    asked = () if targets in {(AUTO,), tuple(environment.targets)} else targets
    lock = lock_targets(
        choices,
        machine=context.machine,
        folder=context.folder,
        state_folder=context.state_folder,
        wishes=Wishes(
            python=environment.python,
            base_image=environment.base_image,
            digest=wants_digest(context.project),
            asked=asked,
        ),
        notify=folder.notify,
    )
    stacks = {choice.target.name: choice.stack.to_json() for choice in choices}
    details = {
        "stack": stacks[choices[0].target.name],
        "stacks": stacks,
        "notes": [note.to_json() for note in lock.notes],
    }
    return _outcome(context, lock.targets, lock.packages, details)


def _came_with_project(context: Context) -> LockFile | None:
    """Return a lock that was not made here, or is to be kept, and says what the project wants."""
    rest = context.folder / REST
    try:
        lock = read_lock(rest)
        mine = read_json(_mark_path(context)).get("sha256")
    except BringupError as error:
        if error.code != "FIL004":
            return None
        mine = None
    made_here = mine == digest_file(rest)
    ours_to_renew = made_here and not context.keeps_lock
    if ours_to_renew or lock.wants != wants_digest(context.project):
        return None
    return lock if same_files(lock, context.folder) else None


def _mark_path(context: Context) -> Path:
    """Return where it is kept which lock was made or taken here the last time."""
    return context.state_folder / "locked.json"


def _take(context: Context, folder: StageFolder, lock: LockFile) -> Outcome:
    from bringup.stack.lock import locked_packages

    folder.notify("STK078", {})
    names = {file.name: None for row in lock.targets for file in row.files.values()}
    packages = {name: locked_packages(context.folder / name) for name in names}
    stacks = {row.name: _stack_of(row) for row in lock.targets}
    details = {"stack": stacks[lock.targets[0].name], "stacks": stacks, "notes": [], "taken": True}
    return _outcome(context, lock.targets, packages, details)


def _stack_of(row: TargetLock) -> dict[str, Any]:
    """Return what a lock says of a choice that was made elsewhere."""
    source = None
    if row.source_kind is not None:
        source = {"kind": row.source_kind, "place": row.source_place or ""}
    return {
        "python": {"version": row.python, "path": None},
        "build": row.build,
        "requested": row.requested,
        "torch": row.torch,
        "source": source,
        "reasons": [],
    }


def _outcome(
    context: Context,
    targets: tuple[TargetLock, ...],
    packages: dict[str, dict[str, str]],
    details: dict[str, Any],
) -> Outcome:
    names = {file.name: None for row in targets for file in row.files.values()}
    outputs = {name: context.folder / name for name in (*names, REST)}
    first = targets[0].files
    metrics = {"packages": {"value": len(packages[first["train"].name])}}
    if "serve" in first:
        metrics["serve_packages"] = {"value": len(packages[first["serve"].name])}
    if len(targets) > 1:
        metrics["targets"] = {"value": len(targets)}
    files = {use: file.name for use, file in first.items()}
    shown = {"packages": packages, "files": files, **details}
    return Outcome(metrics=metrics, outputs=outputs, details=shown)
