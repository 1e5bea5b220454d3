"""bringup itself for the far machine: its own wheel, and the packages that it stands on."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Final

from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bringup
from bringup.base.errors import BringupError, UnreachableError
from bringup.base.files import atomic_file, digest_file, write_text
from bringup.environment.kit.locked import NeededFile
from bringup.environment.kit.target import Target
from bringup.machine.model import Machine
from bringup.stack.model import Notify
from bringup.stack.platforms import platform_variables, python_arguments
from bringup.stack.settings import uv_settings
from bringup.stack.uv import run_uv
from bringup.stack.uv_errors import error_of

OWN: Final = "bringup"
LOCK_NAME: Final = "pylock.tools.toml"
_PACKAGE: Final = Path(bringup.__file__).parent
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_TIMEOUT_S: Final = 600.0
_WHEEL: Final = "Wheel-Version: 1.0\nGenerator: bringup\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def own_wheel(folder: Path) -> tuple[NeededFile, Path]:
    """Write the wheel of the bringup that runs, from its own files, and return it.

    The same files always give the same bytes: nothing is compressed and no time is recorded.

    Raises:
        BringupError: KIT008, what runs was not installed as a package; FIL001 and kin.
    """
    own = _distribution()
    stem = f"{OWN}-{own.version}"
    path = folder / f"{stem}-py3-none-any.whl"
    rows = {
        f"{OWN}/{file.relative_to(_PACKAGE).as_posix()}": file.read_bytes()
        for file in sorted(_PACKAGE.rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }
    for name in ("METADATA", "entry_points.txt"):
        rows[f"{stem}.dist-info/{name}"] = (own.read_text(name) or "").encode()
    rows[f"{stem}.dist-info/WHEEL"] = _WHEEL.encode()
    record = f"{stem}.dist-info/RECORD"
    rows[record] = _record(rows, record).encode()
    with atomic_file(path) as target, zipfile.ZipFile(target, "w") as archive:
        for name, data in rows.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    size = path.stat().st_size
    return NeededFile(OWN, own.version, path.name, digest_file(path), path.as_uri(), size), path


def lock_tools(work: Path, *, target: Target, machine: Machine, notify: Notify) -> Path:
    """Resolve what bringup stands on for a target, uv included, and return the lock.

    The versions that run here are taken, where the target has them.

    Args:
        work: where to write.
        target: the machines to resolve for.
        machine: the facts that say where packages come from.
        notify: takes KIT022.

    Raises:
        UnreachableError: STK010, an index does not answer.
        BringupError: KIT008; STK050 and other refusals of uv.
    """
    source, pins = work / "tools.in", work / "tools.pins"
    requirements = [str(row) for row in _requirements(_distribution(), target.markers(machine))]
    write_text(source, "\n".join(requirements) + "\n")
    write_text(pins, "\n".join(_installed(_distribution())) + "\n")
    try:
        return _compile(work, ["--constraint", pins], target, machine)
    except UnreachableError:
        raise
    except BringupError as error:
        if error.code != "STK050":
            raise
        notify("KIT022", {"reason": error.params.get("reason", "")})
        return _compile(work, [], target, machine)


def _compile(work: Path, more: list[str | Path], target: Target, machine: Machine) -> Path:
    path = work / LOCK_NAME
    settings = uv_settings(machine)
    arguments: list[str | Path] = ["pip", "compile", work / "tools.in", *more]
    arguments += python_arguments(target.as_machine(machine), target.python, target.python_minor)
    arguments += ["--no-python-downloads", "--no-progress", *settings.arguments]
    arguments += ["--format", "pylock.toml", "--output-file", path]
    env = {**settings.env, **platform_variables(target.as_machine(machine))}
    completed = run_uv(arguments, env=env, timeout_s=_TIMEOUT_S, cwd=work)
    if not completed.ok:
        raise error_of(completed, folder=work)
    return path


def _distribution() -> metadata.Distribution:
    try:
        return metadata.distribution(OWN)
    except metadata.PackageNotFoundError as error:
        raise BringupError("KIT008", path=_PACKAGE) from error


def _requirements(dist: metadata.Distribution, markers: dict[str, str]) -> list[Requirement]:
    found = []
    for text in dist.requires or ():
        row = Requirement(text)
        if row.marker is None or row.marker.evaluate(markers):
            row.marker = None
            found.append(row)
    return found


def _installed(own: metadata.Distribution) -> list[str]:
    """Return the pins of all that our own installation stands on."""
    here = {**{key: str(value) for key, value in default_environment().items()}, "extra": ""}
    found: dict[str, str] = {}
    waiting = [own]
    while waiting:
        for row in _requirements(waiting.pop(), here):
            name = canonicalize_name(row.name)
            if name in found:
                continue
            try:
                dist = metadata.distribution(name)
            except metadata.PackageNotFoundError:
                continue
            found[name] = dist.version
            waiting.append(dist)
    return sorted(f"{name}=={version}" for name, version in found.items())


def _record(rows: dict[str, bytes], record: str) -> str:
    lines = []
    for name, data in rows.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{name},sha256={digest},{len(data)}\n")
    return "".join([*lines, f"{record},,\n"])
