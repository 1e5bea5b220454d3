"""Write the lock: one pylock per environment through uv, and bringup.lock for the rest."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import tomlkit
from packaging.utils import InvalidWheelFilename, canonicalize_name, parse_wheel_filename
from packaging.version import InvalidVersion

from bringup.base.errors import BringupError
from bringup.base.files import digest_file, faults_of, write_text
from bringup.machine.model import Machine
from bringup.stack.addresses import without_credentials
from bringup.stack.model import Lock, Note, Notify, Stack, silent
from bringup.stack.platforms import python_arguments, wheel_tags
from bringup.stack.settings import UvSettings, uv_settings
from bringup.stack.uv import run_uv
from bringup.stack.uv_errors import error_of

SCHEMA_VERSION: Final = 1
REST: Final = "bringup.lock"
_TIMEOUT_S: Final = 900.0


def train_lock_name(build: str) -> str:
    """Return the file name of the training environment's lock."""
    return f"pylock.{build}.toml"


SERVE_LOCK_NAME: Final = "pylock.serve.toml"


def lock_environment(
    stack: Stack,
    *,
    machine: Machine,
    folder: Path,
    state_folder: Path,
    notify: Notify = silent,
) -> Lock:
    """Resolve a stack into lock files in ``folder``; pins that are there and still fit stay.

    All files are resolved before any is replaced; each appears whole or not at all.

    Args:
        stack: what was chosen.
        machine: the facts that say where packages come from.
        folder: the project's.
        state_folder: where to work, on the same disk.
        notify: takes texts as it goes.

    Raises:
        UnreachableError: STK010, an index that is needed does not answer.
        BringupError: STK050 (no solution), STK053, STK055, STK012, FIL001 and other refusals;
            STK056, a lock that is there is broken.
    """
    settings = uv_settings(machine, framework_index=stack.framework_index)
    for note in settings.notes:
        notify(note.code, note.params)
    with faults_of(state_folder):
        state_folder.mkdir(parents=True, exist_ok=True)
        _sweep(state_folder)
        work = Path(tempfile.mkdtemp(prefix="lock-", dir=state_folder))
    python = python_arguments(machine, stack.python)
    try:
        train = _compile(
            stack.requirements,
            train_lock_name(stack.build),
            stack,
            settings,
            python=python,
            work=work,
            folder=folder,
            more=stack.requirements_file,
        )
        serve: Path | None = None
        if stack.serve_requirements:
            plain = uv_settings(machine)
            serve = _compile(
                stack.serve_requirements,
                SERVE_LOCK_NAME,
                stack,
                plain,
                python=python,
                work=work,
                folder=folder,
            )
        files = [path for path in (train, serve) if path is not None]
        return _publish(stack, machine, files, folder, settings.notes)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _sweep(state_folder: Path) -> None:
    """Remove what a killed run left."""
    for left in state_folder.glob("lock-*"):
        shutil.rmtree(left, ignore_errors=True)


def _compile(
    requirements: Sequence[str],
    name: str,
    stack: Stack,
    settings: UvSettings,
    *,
    python: Sequence[str],
    work: Path,
    folder: Path,
    more: Path | None = None,
) -> Path:
    """Resolve requirements into ``work/name`` and return it."""
    source, target = work / f"{name}.in", work / name
    write_text(source, "\n".join(requirements) + "\n")
    if (folder / name).is_file():
        # uv prefers the versions that its output file holds already; a broken one (a merge that
        # stopped halfway) holds pins that somebody wants back, so it is not overwritten.
        locked_packages(folder / name)
        shutil.copyfile(folder / name, target)
    arguments: list[str | Path] = ["pip", "compile", source, *([more] if more else [])]
    arguments += [*python, "--no-python-downloads", "--no-progress"]
    arguments += ["--format", "pylock.toml", "--output-file", target]
    arguments += settings.arguments
    env = {**settings.env, "UV_CUSTOM_COMPILE_COMMAND": "bringup lock"}
    completed = run_uv(arguments, env=env, timeout_s=_TIMEOUT_S, cwd=folder)
    if not completed.ok:
        raise _shown_as(
            error_of(completed, folder=folder, machine=settings.machine), source, folder
        )
    _strip_credentials(target)
    return target


def _shown_as(error: BringupError, source: Path, folder: Path) -> BringupError:
    # The temporary file's path says nothing to people; the project file does.
    reason = error.params.get("reason")
    if isinstance(reason, str):
        error.params["reason"] = reason.replace(str(source), str(folder / "bringup.toml"))
    return error


def _strip_credentials(path: Path) -> None:
    """Take credentials out of a lock: it is a file that people share."""
    text = path.read_text(encoding="utf-8")
    document = tomllib.loads(text)
    for address in _addresses(document):
        text = text.replace(address, without_credentials(address))
    write_text(path, text)


def _addresses(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [found for item in value.values() for found in _addresses(item)]
    if isinstance(value, list):
        return [found for item in value for found in _addresses(item)]
    return [value] if isinstance(value, str) and "://" in value else []


def _publish(
    stack: Stack, machine: Machine, files: list[Path], folder: Path, notes: Sequence[Note]
) -> Lock:
    packages = {path.name: locked_packages(path) for path in files}
    floor = _libc_floor(machine, stack, files)
    for path in files:
        with faults_of(folder / path.name):
            path.replace(folder / path.name)
    placed = [folder / path.name for path in files]
    digests = {path.name: digest_file(path) for path in placed}
    rest = folder / REST
    write_text(rest, _rest_text(stack, machine, digests, floor, notes))
    serve = placed[1] if len(placed) > 1 else None
    return Lock(placed[0], serve, rest, digests, packages, tuple(notes))


def _rest_text(
    stack: Stack,
    machine: Machine,
    digests: dict[str, str],
    libc_floor: str | None,
    notes: Sequence[Note],
) -> str:
    document = tomlkit.document()
    document.add(tomlkit.comment("Written by `bringup lock`: what pylock files cannot say."))
    document["schema_version"] = SCHEMA_VERSION
    document["build"] = stack.build
    document["accelerator"] = stack.requested
    document["python"] = ".".join(stack.python.version.split(".")[:2])
    platform = {"os": machine.os, "arch": machine.arch, "libc": machine.libc}
    document["platform"] = {key: value for key, value in platform.items() if value is not None}
    if libc_floor is not None:
        document["libc_floor"] = libc_floor
    if stack.torch is not None and stack.source is not None:
        source = {"kind": stack.source.kind, "place": stack.source.shown}
        document["torch"] = {"version": stack.torch, **source}
    if stack.tables_checked is not None:
        document["tables"] = {"frameworks": stack.tables_checked}
    document["pylock"] = {name: f"sha256:{digest}" for name, digest in sorted(digests.items())}
    reasons = tomlkit.array()
    reasons.extend(note.text for note in (*stack.reasons, *notes))
    document["reasons"] = reasons.multiline(True)
    return tomlkit.dumps(document)


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


def _libc_floor(machine: Machine, stack: Stack, files: list[Path]) -> str | None:
    """Return the oldest glibc that all locked wheels of this platform run on, "2.28"."""
    if machine.libc != "glibc":
        return None
    fitting = wheel_tags(machine, stack.python)
    floors: list[int] = []
    for path in files:
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["packages"]:
            minors = [
                minor
                for wheel in row.get("wheels", ())
                if (minor := _glibc_minor(wheel, fitting)) is not None
            ]
            if minors:
                floors.append(min(minors))
    return f"2.{max(floors)}" if floors else None


def _glibc_minor(wheel: dict[str, Any], fitting: frozenset[Any]) -> int | None:
    address = str(wheel.get("name") or wheel.get("url") or wheel.get("path") or "")
    filename = address.rpartition("/")[2].replace("%2B", "+")
    try:
        tags = parse_wheel_filename(filename)[3] & fitting
    except (InvalidWheelFilename, InvalidVersion):
        return None
    legacy = {"manylinux2014": 17, "manylinux2010": 12, "manylinux1": 5}
    minors = []
    for tag in tags:
        words = tag.platform.split("_")
        if words[0] == "manylinux":
            minors.append(int(words[2]))
        elif words[0] in legacy:
            minors.append(legacy[words[0]])
    return min(minors, default=None)
