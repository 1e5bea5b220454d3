"""Refuse a lock that does not fit this machine, with the fact that fails."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from bringup.base.errors import BringupError
from bringup.machine.model import Machine


def check_machine(rest: Path, machine: Machine) -> None:
    """Hold ``bringup.lock`` against a machine. A fact that is unknown refuses nothing.

    Raises:
        BringupError: ENV001 (another platform), ENV002 (libc too old), STK056 (no lock file).
    """
    document = _read(rest)
    here = {"os": machine.os, "arch": machine.arch, "libc": machine.libc}
    for fact, wanted in document.get("platform", {}).items():
        found = here.get(fact)
        if found is not None and found != wanted:
            raise BringupError("ENV001", path=rest, fact=fact, wanted=wanted, found=found)
    floor, version = document.get("libc_floor"), machine.libc_version
    if floor and version and machine.libc == "glibc" and _older(version, floor):
        raise BringupError("ENV002", path=rest, wanted=floor, found=version)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BringupError("STK056", path=path, reason=error) from error


def _older(version: str, floor: str) -> bool:
    try:
        return Version(version) < Version(floor)
    except InvalidVersion:
        return False
