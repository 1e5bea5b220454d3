"""A project's offline kit: what is packed here, and how the far machine goes on from it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.base.files import faults_of
from bringup.base.messages import text_of
from bringup.environment.kit.archive import check_suffix
from bringup.environment.kit.pack import Kit, KitRequest, pack_kit
from bringup.environment.kit.target import target_of
from bringup.environment.pick import pick_target
from bringup.project.document import read_document
from bringup.project.imports import with_imported
from bringup.project.model import LoadedProject, Project
from bringup.stack.lock_file import REST, read_lock
from bringup.stack.requirements import with_included
from bringup.workflow.context import Context
from bringup.workflow.hold import hold_project
from bringup.workflow.stages import lock as lock_stage
from bringup.workflow.up import bring_up

STATE: Final = Path(".bringup") / "kit"
"""Where the installer puts what the kit brought, below the project's folder."""
_NAME: Final = "kit"
_EVERY_S: Final = 0.1


def pack_project(
    context: Context,
    *,
    out: Path,
    cache: Path,
    target: str | None = None,
    with_python: bool = False,
) -> Kit:
    """Lock the project where that is needed, and pack what was locked.

    Args:
        context: the project and the machine.
        out: where the archive goes; its suffix says its form.
        cache: bringup's cache folder.
        target: the locked target to pack, the one that fits this machine when absent.
        with_python: whether the interpreter goes into the kit.

    Raises:
        UnreachableError: an index or a file of the lock cannot be reached.
        BringupError: KIT001 to KIT014; what the lock stage reports; RUN001.
    """
    check_suffix(out)
    bring_up(context, until=lock_stage.NAME)
    with hold_project(context.state_folder):
        request = _request(context, out=out, target=target, with_python=with_python)
        with faults_of(context.state_folder):
            for left in context.state_folder.glob("pack-*"):
                shutil.rmtree(left, ignore_errors=True)
            work = Path(tempfile.mkdtemp(prefix="pack-", dir=context.state_folder))
        teller = _Teller(context)
        try:
            with teller:
                return pack_kit(
                    request,
                    machine=context.machine,
                    work=work,
                    cache=cache,
                    notify=teller.notify,
                    progress=teller.progress,
                )
        finally:
            shutil.rmtree(work, ignore_errors=True)


class _Teller:
    """Tells notes and progress to whoever watches, as a stage would."""

    def __init__(self, context: Context) -> None:
        self._observer = context.observer
        self._code = ""
        self._start_s = self._began_s = self._last_s = 0.0
        self._first = 0

    def __enter__(self) -> None:
        self._start_s = time.monotonic()
        self._observer.stage_started(_NAME, [])

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        status = "done" if kind is None else "failed"
        evidence = {"status": status, "seconds": time.monotonic() - self._start_s}
        self._observer.stage_finished(_NAME, evidence)

    def notify(self, code: str, params: dict[str, Any]) -> None:
        self._observer.event({"kind": "note", "code": code, "params": params})

    def progress(self, code: str, done: int, total: int | None) -> None:
        now_s = time.monotonic()
        if code != self._code:
            self._code, self._began_s, self._last_s, self._first = code, now_s, 0.0, done
        if now_s - self._last_s < _EVERY_S and done != total:
            return
        self._last_s = now_s
        event: dict[str, Any] = {
            "kind": "progress",
            "name": text_of(code),
            "done": done,
            "total": total,
            "unit": "bytes",
        }
        came, seconds = done - self._first, now_s - self._began_s
        if came > 0 and seconds > 1:
            event["rate"] = came / seconds
            if total is not None:
                event["left_s"] = (total - done) / event["rate"]
        self._observer.event(event)


def _request(context: Context, *, out: Path, target: str | None, with_python: bool) -> KitRequest:
    lock = read_lock(context.folder / REST)
    if target is None:
        accelerator = context.config.environment.accelerator
        wanted = pick_target(lock, context.machine, accelerator=accelerator).target
    else:
        named = [row for row in lock.targets if row.name == target]
        if not named:
            found = ", ".join(row.name for row in lock.targets)
            raise BringupError("KIT001", target=target, found=found)
        wanted = named[0]
    if wanted.os not in {"linux", "macos"}:
        raise BringupError("KIT014", os=wanted.os)
    files, missing = _own_files(context)
    return KitRequest(
        project=context.config.project.name,
        folder=context.folder,
        files=files,
        lock=lock,
        target=target_of(wanted, context.machine),
        out=out,
        with_python=with_python,
        not_packed=missing,
    )


def _own_files(context: Context) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Return the project's own files to pack, and what it names that is not packed: its data."""
    config, folder = context.config, context.folder
    found = {read_document(folder).path}
    if config.environment.requirements_file is not None:
        found |= set(with_included(folder / config.environment.requirements_file))
    for program in _programs(config):
        found |= set(with_imported(folder / program, folder))
    inside = {path for path in found if path.is_relative_to(folder) and path.is_file()}
    data = config.data.path if config.data is not None else None
    return tuple(sorted(inside)), () if data is None else (data,)


def _programs(config: Project) -> Iterator[str]:
    if config.train.script is not None:
        yield config.train.script
    elif config.train.model is not None and ":" in config.train.model:
        yield config.train.model.partition(":")[0]


def settle_kit(context: Context) -> None:
    """Make the environments of a kit that was laid into the project.

    The lock came with the project, so the lock stage takes it as it is: nothing is resolved again.

    Args:
        context: the project as ``open_installed`` gives it, and the machine.

    Raises:
        BringupError: KIT015, no kit was laid there; what the sync stage reports.
    """
    manifest = context.folder / STATE / "manifest.json"
    if not manifest.is_file():
        raise BringupError("KIT015", folder=context.folder, reason=manifest)
    bring_up(context, until="sync")


def open_installed(folder: Path) -> LoadedProject:
    """Load a project without asking whether the files that it names are there: its data may come
    after the kit.

    Raises:
        BringupError: PRJ001 and kin; KIT015, the file is of another bringup.
    """
    from pydantic import ValidationError

    document = read_document(folder)
    try:
        config = Project.model_validate(document.data)
    except ValidationError as error:
        raise BringupError("KIT015", folder=folder, reason=document.path) from error
    return LoadedProject(folder=document.folder, config=config)
