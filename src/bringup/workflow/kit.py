"""A project's offline kit: what is packed here, and how the far machine goes on from it."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.base.evidence import Evidence
from bringup.base.files import faults_of, read_json, write_json
from bringup.base.messages import text_of
from bringup.environment.kit.archive import check_suffix
from bringup.environment.kit.pack import Kit, KitRequest, pack_kit
from bringup.environment.kit.target import read_target
from bringup.machine import Interpreter
from bringup.project.document import read_document
from bringup.project.imports import with_imported
from bringup.project.model import LoadedProject, Project
from bringup.stack.lock import REST, locked_packages, train_lock_name
from bringup.stack.requirements import with_included
from bringup.workflow.context import Context
from bringup.workflow.hold import hold_project
from bringup.workflow.runs import now, open_run
from bringup.workflow.stages import lock as lock_stage
from bringup.workflow.state import Output, StageState, read_state, why_run, write_state
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
        target: the build whose lock is packed, the one of this machine when absent.
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
    evidence = context.evidence(lock_stage.NAME)
    outputs = context.state(lock_stage.NAME).outputs
    stack: dict[str, Any] = dict(evidence["stack"])
    name = target or stack["build"]
    train = context.folder / train_lock_name(name)
    if not train.is_file():
        raise BringupError("KIT001", target=name, found=", ".join(_locked(context.folder)))
    locks = {"train": train}
    if "serve" in outputs:
        locks["serve"] = Path(outputs["serve"].path)
    python = Interpreter(path=stack["python"]["path"], version=stack["python"]["version"])
    described = read_target(context.folder / REST, name=name, python=python)
    if described.os not in {"linux", "macos"}:
        raise BringupError("KIT014", os=described.os)
    if name != stack["build"]:
        torch = locked_packages(train).get("torch")
        stack |= {"build": name, "torch": torch, "source": None}
    # The path of an interpreter of this machine says nothing there, and would differ from kit to
    # kit.
    stack["python"] = {"version": described.python_minor, "path": ""}
    packages = {path.name: locked_packages(path) for path in locks.values()}
    notes = [_untold(note) for note in evidence.get("notes", [])]
    stack["reasons"] = [_untold(note) for note in stack.get("reasons", [])]
    files, missing = _own_files(context)
    return KitRequest(
        project=context.config.project.name,
        folder=context.folder,
        files=files,
        locks=locks,
        rest=context.folder / REST,
        record={"details": {"stack": stack, "packages": packages, "notes": notes}},
        target=described,
        out=out,
        with_python=with_python,
        not_packed=missing,
    )


def _untold(note: Mapping[str, Any]) -> dict[str, Any]:
    """Return a note without its words: its code says the same in any language."""
    return {key: value for key, value in note.items() if key != "text"}


def _locked(folder: Path) -> list[str]:
    names = (path.name.split(".")[1] for path in folder.glob("pylock.*.toml"))
    return sorted(name for name in names if name != "serve")


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


def settle_kit(context: Context, python: Interpreter) -> None:
    """Take over the lock of the kit that was laid into the project, and make its environments.

    The lock stage counts as done with the locks that the kit brought, so that nothing is resolved
    again; all later stages go on from there.

    Args:
        context: the project as ``open_installed`` gives it, and the machine.
        python: the interpreter to build on.

    Raises:
        BringupError: KIT015, no kit was laid there; what the sync stage reports.
    """
    record = _record(context.folder)
    bring_up(context, until="probe")
    with hold_project(context.state_folder):
        _adopt(context, record, python)
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


def _record(folder: Path) -> Mapping[str, Any]:
    path = folder / STATE / "lock.json"
    try:
        record: Mapping[str, Any] = read_json(path)
        assert record["details"]["stack"]
        assert record["outputs"]
    except (BringupError, OSError, KeyError, TypeError, AssertionError) as error:
        raise BringupError("KIT015", folder=folder, reason=path) from error
    return record


def _adopt(context: Context, record: Mapping[str, Any], python: Interpreter) -> None:
    details = dict(record["details"])
    shown = {"version": python.version, "path": python.path}
    details["stack"] = {**details["stack"], "python": shown}
    parts = lock_stage.parts(context)
    if not why_run(read_state(context.state_folder, lock_stage.NAME), parts):
        # Installed before; what has been locked here since then stays.
        return
    outputs = {name: Output.of(context.folder / file) for name, file in record["outputs"].items()}
    run = open_run(context.folder)
    state = StageState(
        lock_stage.NAME, "done", parts, str(run.stage_folder(lock_stage.NAME)), run.id, outputs
    )
    counts = {
        "serve_packages" if name == "pylock.serve.toml" else "packages": {"value": len(rows)}
        for name, rows in details["packages"].items()
    }
    evidence = Evidence(
        stage=lock_stage.NAME,
        status="done",
        seconds=0.0,
        metrics=counts,
        inputs=parts,
        outputs={name: output.sha256 for name, output in outputs.items()},
        started_at=now(),
        details=details,
    )
    write_json(state.evidence_path, evidence.to_json())
    write_state(context.state_folder, state)
