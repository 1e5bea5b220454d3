"""The interpreter as one file, when uv manages it: such a Python runs from any folder."""

from __future__ import annotations

import os
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bringup.base.errors import BringupError
from bringup.base.files import atomic_file
from bringup.environment.kit.archive import plain_info
from bringup.environment.kit.target import Target
from bringup.machine.model import Machine
from bringup.stack.uv import run_uv

MEMBER: Final = "python.tar"


@dataclass(frozen=True, slots=True)
class PackedPython:
    """An interpreter in an archive."""

    path: Path
    version: str
    program: str
    """Path of the program in the archive."""
    unpacked_bytes: int


def pack_python(target: Target, machine: Machine, work: Path) -> PackedPython:
    """Write the target's interpreter into an archive.

    Raises:
        BringupError: KIT010, uv does not manage it; KIT011, it is of another platform.
    """
    if not target.is_here(machine):
        platform = f"{target.os} {target.arch}"
        raise BringupError("KIT011", platform=platform, version=target.python_minor)
    managed = _managed_folder()
    program = Path(target.python.path).resolve()
    if not program.is_relative_to(managed) or program.parent == managed:
        raise BringupError("KIT010", path=target.python.path, folder=managed)
    root = managed / program.relative_to(managed).parts[0]
    path, size = work / MEMBER, 0
    with (
        atomic_file(path) as file,
        tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive,
    ):
        for item in _files(root):
            size += _add(archive, item, f"python/{item.relative_to(root).as_posix()}")
    shown = f"python/{program.relative_to(root).as_posix()}"
    return PackedPython(path, target.python.version, shown, size)


def _managed_folder() -> Path:
    completed = run_uv(["python", "dir"], env=dict(os.environ), timeout_s=30)
    return Path(completed.stdout.strip()).resolve()


def _files(root: Path) -> list[Path]:
    """Return files and links, sorted; bytecode would differ from machine to machine."""
    return sorted(
        item
        for item in root.rglob("*")
        if "__pycache__" not in item.parts and (item.is_symlink() or item.is_file())
    )


def _add(archive: tarfile.TarFile, item: Path, name: str) -> int:
    if item.is_symlink():
        info = plain_info(name, 0)
        info.type, info.linkname = tarfile.SYMTYPE, str(item.readlink())
        archive.addfile(info)
        return 0
    status = item.stat()
    with item.open("rb") as source:
        archive.addfile(
            plain_info(name, status.st_size, program=bool(status.st_mode & 0o100)), source
        )
    return status.st_size
