"""What the installer of a kit checks: the kit, the machine, the folder."""

# Goes into kits as a part of install.py: see there.
from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sys
from pathlib import Path
from typing import Any

from bringup.environment.kit.install_words import Refusal, shown, size_text, text

STATE = Path(".bringup") / "kit"
SUMS = "SHA256SUMS"
CHUNK_BYTES = 1 << 20


class Kit:
    """An unpacked kit: its folder, the checksums, the manifest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sums = read_sums(folder / SUMS)
        self.check("manifest.json")
        self.manifest: dict[str, Any] = json.loads(
            (folder / "manifest.json").read_text(encoding="utf-8")
        )

    def check(self, name: str) -> None:
        """Hold one member against its checksum."""
        path = self.folder / name
        if not path.is_file():
            raise Refusal("KIT101", names=name)
        wanted = self.sums.get(name)
        if wanted is None or digest_of(path) != wanted:
            raise Refusal("KIT102", names=name)

    def check_all(self) -> None:
        """Hold every member against its checksum, and name all that are not what they should be."""
        listed = self.manifest["members"]
        names = sorted({*self.sums, *listed})
        missing = [name for name in names if not (self.folder / name).is_file()]
        if missing:
            raise Refusal("KIT101", names=shown(missing))
        damaged = []
        for name in names:
            found = digest_of(self.folder / name)
            row = listed.get(name)
            if row is not None and found == row["sha256"] != self.sums.get(name):
                # Two lists stand in the kit: the member is right, the other list is not.
                damaged.append(SUMS)
            elif found != self.sums.get(name):
                damaged.append(name)
        if damaged:
            raise Refusal("KIT102", names=shown(sorted(set(damaged))))


def read_sums(path: Path) -> dict[str, str]:
    """Read SHA256SUMS: name -> digest."""
    if not path.is_file():
        raise Refusal("KIT101", names=SUMS)
    sums = {}
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not is_plain(name):
            raise Refusal("KIT102", names=SUMS)
        sums[name] = digest
    return sums


def is_plain(name: str) -> bool:
    """Say whether a name stays below the folder that it is in."""
    parts = name.split("/")
    return bool(name) and not name.startswith("/") and ".." not in parts and "\\" not in name


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        for chunk in iter(lambda: file.read(CHUNK_BYTES), b""):
            digest.update(chunk)
    return digest.hexdigest()


def check_folder(into: Path) -> None:
    """Refuse a folder that holds something else than an installation of a kit."""
    if into.exists() and not into.is_dir():
        raise Refusal("KIT105", path=into)
    if into.is_dir() and any(into.iterdir()) and not (into / STATE).is_dir():
        raise Refusal("KIT105", path=into)


def check_same(kit: Kit, into: Path) -> None:
    """Refuse a folder in which another kit was installed."""
    there = into / STATE / SUMS
    if there.is_file() and there.read_bytes() != (kit.folder / SUMS).read_bytes():
        raise Refusal("KIT106", path=into)


def check_machine(manifest: dict[str, Any]) -> None:
    """Refuse a machine that does not fit, with all that does not."""
    wanted, here = manifest["platform"], this_platform()
    rows = [
        (name, wanted[name], here[name])
        for name in ("os", "arch", "libc")
        if wanted.get(name) is not None and here[name] is not None and wanted[name] != here[name]
    ]
    floor, found = manifest["libc_floor"], here["libc_version"]
    if floor and found and here["libc"] == "glibc" and numbers(found) < numbers(floor):
        rows.append(("glibc", ">= " + floor, found))
    rows += python_faults(manifest["python"])
    if rows:
        told = [text("KIT107", what=name, wanted=want, found=have) for name, want, have in rows]
        python = manifest["python"]["minor"]
        raise Refusal("KIT104", rows="\n".join(told), python=python)


def python_faults(wanted: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return what is wrong with the Python that runs us, when the kit brings none."""
    if wanted["included"] is not None:
        return []
    minor = "{}.{}".format(*sys.version_info[:2])
    version = "{}.{}.{}".format(*sys.version_info[:3])
    if platform.python_implementation() != "CPython":
        return [("Python", "CPython", platform.python_implementation())]
    if minor != wanted["minor"]:
        return [("Python", wanted["minor"], version)]
    if numbers(version) < numbers(wanted["minimum"]):
        return [("Python", ">= " + wanted["minimum"], version)]
    return []


def this_platform() -> dict[str, str | None]:
    """Return what this machine is, in the words of the manifest; None for what is not known."""
    system = {"Linux": "linux", "Darwin": "macos", "Windows": "windows"}.get(platform.system())
    arch = platform.machine().lower()
    libc = version = None
    if system == "linux":
        libc, version = this_libc()
    return {
        "os": system or platform.system().lower(),
        "arch": {"amd64": "x86_64", "arm64": "aarch64"}.get(arch, arch),
        "libc": libc,
        "libc_version": version,
    }


def this_libc() -> tuple[str | None, str | None]:
    """Return the family and the version of the C library that this Python runs on."""
    try:
        words = (os.confstr("CS_GNU_LIBC_VERSION") or "").split()
    except (AttributeError, OSError, ValueError):
        words = []
    if len(words) == 2 and words[0] == "glibc":
        return "glibc", words[1]
    return ("musl", None) if list(Path("/lib").glob("ld-musl-*")) else (None, None)


def numbers(version: str) -> list[int]:
    """Return the numbers of a version, to compare."""
    return [int(part) for part in version.split(".") if part.isdigit()]


def check_room(kit: Kit, into: Path) -> None:
    """Refuse a disk that is too small, before anything is written."""
    if (into / STATE / "control").is_dir():
        return
    place = next(parent for parent in (into, *into.parents) if parent.exists())
    free, needed = shutil.disk_usage(str(place)).free, kit.manifest["bytes"]["installed"]
    if free < needed:
        raise Refusal("KIT108", path=into, needed=size_text(needed), free=size_text(free))
