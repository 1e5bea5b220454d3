"""A lock made real as a virtual environment: exact, and either complete or not there.

``<envs>/<name>-<digest>/`` is complete only when it holds its marker file, which is written last.
A killed build leaves a folder without one; the next call removes it and builds again.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.base.files import digest_file, digest_value, faults_of, read_json, write_json
from bringup.machine.model import Interpreter, Machine
from bringup.stack.model import Notify, silent
from bringup.stack.settings import UvSettings, uv_settings
from bringup.stack.uv import run_uv
from bringup.stack.uv_errors import error_of

MARKER: Final = ".bringup-complete.json"
SCHEMA_VERSION: Final = 1
_TIMEOUT_S: Final = 7200.0
_NOT_OURS: Final = frozenset({"VIRTUAL_ENV", "PYTHONHOME", "UV_CONSTRAINT"})
_TAKES: Final = re.compile(r"(Downloading|Building) (\S+)(?: \(([^)]+)\))?")
_COPIES: Final = re.compile(r"Failed to (hardlink|clone|reflink) files; falling back to full copy")
_DID: Final = re.compile(r"(Prepared|Installed|Resolved) (\d+) packages? in (\S+)")


@dataclass(frozen=True, slots=True)
class Environment:
    """A complete virtual environment."""

    name: str
    folder: Path
    python: Path
    digest: str
    """Of the lock and the interpreter, SHA-256 in hex."""
    built: bool
    """Whether this call built it; False when it was there."""
    seconds: float


def sync_environment(
    pylock: Path,
    *,
    python: Interpreter,
    envs_folder: Path,
    name: str,
    machine: Machine,
    framework_index: str | None = None,
    notify: Notify = silent,
) -> Environment:
    """Return the environment of a lock, building it when it is not there or not complete.

    Others of the same name are removed after success and kept on failure.

    Args:
        pylock: the lock, with the hash of every file.
        python: the interpreter to build on.
        envs_folder: where environments stand.
        name: for people, ``train`` or ``serve``.
        machine: the facts that say where packages come from.
        framework_index: the framework's own index, when the lock came from there.
        notify: takes uv's progress.

    Raises:
        UnreachableError: STK010.
        BringupError: ENV003 (the interpreter is gone), STK054 (wrong hash), FIL001 (disk full)
            and other refusals of uv.
    """
    began = time.monotonic()
    digest = environment_digest(pylock, python)
    folder = envs_folder / f"{name}-{digest[:12]}"
    if is_complete(folder, digest):
        seconds = time.monotonic() - began
        return Environment(name, folder, python_of(folder), digest, False, seconds)
    if not Path(python.path).exists():
        raise BringupError("ENV003", path=python.path)
    with faults_of(folder):
        remove_tree(folder)
        envs_folder.mkdir(parents=True, exist_ok=True)
    settings = uv_settings(machine, framework_index=framework_index)
    _build(pylock, python, folder, settings, notify)
    seconds = time.monotonic() - began
    document = {
        "schema_version": SCHEMA_VERSION,
        "name": name,
        "folder": str(folder.absolute()),
        "digest": digest,
        "pylock": f"sha256:{digest_file(pylock)}",
        "python": python.version,
        "packages": installed_in(folder),
        "seconds": round(seconds, 3),
    }
    write_json(folder / MARKER, document)
    _remove_others(envs_folder, name, keep=folder)
    return Environment(name, folder, python_of(folder), digest, True, seconds)


def environment_digest(pylock: Path, python: Interpreter) -> str:
    """Return the digest that names the environment of a lock on an interpreter."""
    return digest_value([digest_file(pylock), python.path, python.version])


def is_complete(folder: Path, digest: str) -> bool:
    """Say whether an environment was built to its end and its Python is still there."""
    try:
        marker = read_json(folder / MARKER)
    except (BringupError, OSError):
        return False
    if not isinstance(marker, dict) or marker.get("digest") != digest:
        return False
    # The scripts of an environment name its folder: a copy of it elsewhere is not complete.
    if marker.get("folder") != str(folder.absolute()):
        return False
    # The Python is a link on most systems: its target may have been removed since.
    return python_of(folder).exists() and is_exact(folder)


def is_exact(folder: Path) -> bool:
    """Say whether an environment holds the packages that it was built with, no more, no less.

    By the names and versions that installers keep; what lies in a package's own folder is not
    looked at.
    """
    try:
        built_with = read_json(folder / MARKER).get("packages")
    except (BringupError, OSError, AttributeError):
        return False
    return built_with is None or built_with == installed_in(folder)


def installed_in(folder: Path) -> list[str]:
    """Return what installers say is in an environment: ``numpy-2.4.6.dist-info``, sorted."""
    homes = [*folder.glob("lib/python3*/site-packages"), *folder.glob("Lib/site-packages")]
    names = (path.name for home in homes for path in home.iterdir())
    return sorted(name for name in names if name.endswith((".dist-info", ".egg-info")))


def python_of(folder: Path) -> Path:
    """Return the path of an environment's Python."""
    windows = folder / "Scripts" / "python.exe"
    return windows if windows.exists() else folder / "bin" / "python"


def remove_tree(folder: Path) -> None:
    """Remove an environment. Its marker goes first, so that no half of it counts as complete.

    Raises:
        OSError: something in it cannot be removed.
    """
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        (folder / MARKER).unlink(missing_ok=True)
        shutil.rmtree(folder)


def _build(
    pylock: Path, python: Interpreter, folder: Path, settings: UvSettings, notify: Notify
) -> None:
    # uv would rather take an environment that is active than the one that it is told; constraints
    # had their say when the lock was made.
    env = {key: value for key, value in settings.env.items() if key not in _NOT_OURS}
    make: list[str | Path] = ["venv", "--no-project", "--python", python.path]
    make += ["--no-python-downloads", "--quiet", folder]
    completed = run_uv(make, env=env, timeout_s=120)
    if not completed.ok:
        raise error_of(completed, folder=folder)
    sync: list[str | Path] = ["pip", "sync", "--python", python_of(folder), "--no-progress"]
    tell = _teller(notify)
    # What the cache holds under the locked hash needs no server. uv would ask for news of each
    # file that came without a date to keep it until, as from many mirrors, and fetch it again.
    completed = run_uv(
        [*sync, "--offline", pylock], env=env, timeout_s=_TIMEOUT_S, on_line=_only_done(tell)
    )
    if not completed.ok:
        completed = run_uv([*sync, pylock], env=env, timeout_s=_TIMEOUT_S, on_line=tell)
    if not completed.ok:
        raise error_of(completed, folder=folder, machine=settings.machine, pylock=pylock)


def _only_done(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Return a way to tell that all was installed: an attempt that may fail says nothing else."""

    def tell_done(line: str) -> None:
        if line.startswith("Installed ") or _COPIES.search(line):
            tell(line)

    return tell_done


def _teller(notify: Notify) -> Callable[[str], None]:
    def tell(line: str) -> None:
        if _COPIES.search(line):
            notify("ENV032", {})
        if match := _TAKES.search(line):
            code = "ENV011" if match[1] == "Downloading" else "ENV012"
            notify(code, {"package": match[2], "size": match[3] or ""})
        elif match := _DID.search(line):
            params: dict[str, Any] = {"count": int(match[2]), "time": match[3]}
            notify("ENV013" if match[1] == "Prepared" else "ENV014", params)

    return tell


def _remove_others(envs_folder: Path, name: str, *, keep: Path) -> None:
    for other in envs_folder.glob(f"{name}-????????????"):
        if other != keep:
            # What cannot be removed only costs space; the new environment stands.
            with contextlib.suppress(OSError):
                remove_tree(other)
