"""Locks whose files are the wheels beside them, and what these wheels ask of a machine."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from email.parser import Parser
from pathlib import Path

import tomlkit
from packaging.specifiers import InvalidSpecifier, SpecifierSet

from bringup.base.errors import BringupError
from bringup.environment.kit.locked import NeededFile

_PATCHES = range(100)


def offline_lock(files: Sequence[NeededFile], *, wheels: str, python_minimum: str) -> str:
    """Return a PEP 751 lock of wheels that lie in a folder.

    Args:
        files: the wheels, one per package.
        wheels: the folder, relative to the lock file.
        python_minimum: the oldest Python that all of them take, "3.11.4".
    """
    document = tomlkit.document()
    document.add(tomlkit.comment("Written by `bringup bundle-env`: the lock with its own wheels."))
    document["lock-version"] = "1.0"
    document["created-by"] = "bringup"
    document["requires-python"] = f">={python_minimum}"
    packages = tomlkit.aot()
    for file in sorted(files, key=lambda file: file.package):
        row = tomlkit.table()
        row["name"], row["version"] = file.package, file.version
        wheel = tomlkit.inline_table()
        wheel["path"] = f"{wheels}/{file.name}"
        wheel["size"] = file.size
        hashes = tomlkit.inline_table()
        hashes["sha256"] = file.sha256
        wheel["hashes"] = hashes
        array = tomlkit.array()
        array.append(wheel)
        row["wheels"] = array
        packages.append(row)
    document["packages"] = packages
    return tomlkit.dumps(document)


def python_minimum(minor: str, wheels: Iterable[Path]) -> str:
    """Return the oldest release of a Python ("3.11") that all wheels accept, "3.11.4".

    uv writes the interpreter that it resolved with into a lock; the wheels ask for less.

    Raises:
        BringupError: KIT009, one of them accepts none, or is no wheel.
    """
    asked: dict[str, SpecifierSet] = {}
    for wheel in wheels:
        text = _metadata(wheel).get("Requires-Python")
        try:
            asked[wheel.name] = SpecifierSet(text or "")
        except InvalidSpecifier:
            # Installers pass over what they cannot read as well.
            continue
    for patch in _PATCHES:
        version = f"{minor}.{patch}"
        if all(version in specifiers for specifiers in asked.values()):
            return version
    refusing = [name for name, specifiers in asked.items() if not _any(minor, specifiers)]
    raise BringupError("KIT009", file=", ".join(refusing), reason=f"Python {minor}")


def unpacked_bytes(wheel: Path) -> int:
    """Return how much room the files of a wheel take, bytes.

    Raises:
        BringupError: KIT009, it is no wheel.
    """
    try:
        with zipfile.ZipFile(wheel) as archive:
            return sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, OSError) as error:
        raise BringupError("KIT009", file=wheel.name, reason=error) from error


def _any(minor: str, specifiers: SpecifierSet) -> bool:
    return any(f"{minor}.{patch}" in specifiers for patch in _PATCHES)


def _metadata(wheel: Path) -> dict[str, str]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            return dict(Parser().parsestr(archive.read(name).decode("utf-8", "replace")).items())
    except (zipfile.BadZipFile, OSError, StopIteration) as error:
        reason = str(error) or "no METADATA"
        raise BringupError("KIT009", file=wheel.name, reason=reason) from error
