"""Packages that a lock has only as source: built here, where there is a network and a compiler.

A built wheel is kept in the cache, so that the next kit of the same lock has the same bytes.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Final

from packaging.tags import Tag

from bringup.base.errors import BringupError
from bringup.base.files import digest_file, faults_of
from bringup.environment.kit.locked import NeededFile, wheel_tags_of
from bringup.environment.kit.target import Target
from bringup.machine.model import Machine
from bringup.stack.model import Notify
from bringup.stack.settings import uv_settings
from bringup.stack.uv import run_uv
from bringup.stack.uv_errors import error_of

_TIMEOUT_S: Final = 3600.0
_EPOCH: Final = "315532800"
"""1980-01-01, the first day of zip files: build backends take their times from it."""


def build_wheel(
    file: NeededFile,
    sdist: Path,
    *,
    target: Target,
    machine: Machine,
    cache: Path,
    notify: Notify,
) -> tuple[NeededFile, Path]:
    """Return a wheel built from a source, and where it lies.

    Args:
        file: the source as it is locked.
        sdist: its bytes.
        target: what the wheel must fit.
        machine: the facts that say where build requirements come from.
        cache: bringup's cache folder.
        notify: takes KIT020.

    Raises:
        BringupError: KIT007, the wheel does not fit the target; STK055, it cannot be built.
        UnreachableError: STK010, a build requirement cannot be had.
    """
    minor = target.python_minor.replace(".", "")
    kept = cache / "wheels" / "built" / f"{file.sha256}-cp{minor}-{target.os}-{target.arch}"
    # A built wheel of any machine is one wheel here: the name of its folder says for whom.
    wheels = sorted(kept.glob("*.whl"))
    if not wheels:
        notify("KIT020", {"package": file.package, "version": file.version})
        with faults_of(kept):
            kept.mkdir(parents=True, exist_ok=True)
            work = Path(tempfile.mkdtemp(prefix=".build-", dir=kept))
        try:
            wheels = [_build(sdist, work, kept, target, machine)]
        finally:
            shutil.rmtree(work, ignore_errors=True)
    wheel = wheels[0]
    if not _fits(wheel.name, target, machine):
        raise BringupError(
            "KIT007",
            package=file.package,
            wheel=wheel.name,
            platform=f"{target.os} {target.arch}",
            python=target.python_minor,
        )
    size = wheel.stat().st_size
    built = NeededFile(
        file.package, file.version, wheel.name, digest_file(wheel), wheel.as_uri(), size
    )
    return built, wheel


def _build(sdist: Path, work: Path, kept: Path, target: Target, machine: Machine) -> Path:
    here = Path(target.python.path).is_file()
    python = ["--python", target.python.path if here else target.python_minor]
    env = {**uv_settings(machine).env, "SOURCE_DATE_EPOCH": _EPOCH}
    arguments: list[str | Path] = ["build", "--wheel", "--no-python-downloads", *python]
    arguments += ["--out-dir", work / "out", sdist]
    completed = run_uv(arguments, env=env, timeout_s=_TIMEOUT_S, cwd=work)
    if not completed.ok:
        raise error_of(completed, folder=work)
    built = next((work / "out").glob("*.whl"))
    with faults_of(kept):
        return built.replace(kept / built.name)


def _fits(name: str, target: Target, machine: Machine) -> bool:
    tags = wheel_tags_of(name)
    if any(tag.platform == "any" for tag in tags):
        return bool(tags & _tags(target, machine))
    # What is compiled here runs on machines like this one only.
    return target.is_here(machine) and bool(tags & _tags(target, machine))


def _tags(target: Target, machine: Machine) -> frozenset[Tag]:
    return frozenset(target.tags(machine))
