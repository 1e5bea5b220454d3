"""Say which shared libraries an environment loads from the system, and what our table lacks.

    python scripts/os_packages.py ENVIRONMENT...

ENVIRONMENT is a virtual environment, or a folder that wheels were unpacked into. Reads the dynamic
section of each 64-bit little-endian ELF file (DT_NEEDED, DT_SONAME; System V ABI, chapter 5) and
starts nothing, so that wheels for other processors can be looked at. Ends with 1 when a package
needs a library that `src/bringup/stack/os_packages.toml` does not say it needs.
"""

from __future__ import annotations

import csv
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from bringup.stack.os_packages import libraries

PROMISED = ("libc.so", "libm.so", "libdl.so", "libpthread.so", "librt.so", "libutil.so", "ld-linux")
"""What manylinux itself promises: the floor of the C library covers it."""
OF_THE_DRIVER = ("libcuda.so", "libnvidia-ml.so")
PT_LOAD, PT_DYNAMIC = 1, 2
DT_NEEDED, DT_STRTAB, DT_SONAME = 1, 5, 14


@dataclass(frozen=True)
class Needs:
    """What one shared library is called and loads."""

    soname: str | None
    needed: tuple[str, ...]


def read_needs(path: Path) -> Needs | None:
    """Return what a file loads; None when it is no shared library that we can read."""
    data = path.read_bytes()
    if data[:6] != b"\x7fELF\x02\x01":
        return None
    (offset,) = struct.unpack_from("<Q", data, 0x20)
    size, count = struct.unpack_from("<HH", data, 0x36)
    segments = [struct.unpack_from("<IIQQQQ", data, offset + row * size) for row in range(count)]
    dynamic = next((row for row in segments if row[0] == PT_DYNAMIC), None)
    if dynamic is None:
        return None
    _, _, start, _, _, length = dynamic
    rows = [struct.unpack_from("<qQ", data, at) for at in range(start, start + length, 16)]
    address = next(value for tag, value in rows if tag == DT_STRTAB)
    strings = next(
        row[2] + address - row[3]
        for row in segments
        if row[0] == PT_LOAD and row[3] <= address < row[3] + row[5]
    )

    def text(value: int) -> str:
        return data[strings + value : data.index(b"\0", strings + value)].decode()

    return Needs(
        next((text(value) for tag, value in rows if tag == DT_SONAME), None),
        tuple(text(value) for tag, value in rows if tag == DT_NEEDED),
    )


def loaded_from_system(folder: Path) -> dict[str, set[str]]:
    """Return normalised package name -> sonames that nothing in the folder brings."""
    by_package = {
        name: [needs for path in paths if (needs := read_needs(path)) is not None]
        for name, paths in packages_of(folder)
    }
    brought = {path.name for path in folder.rglob("*.so*")}
    brought |= {needs.soname for rows in by_package.values() for needs in rows if needs.soname}
    found = {
        name: {
            soname
            for needs in rows
            for soname in needs.needed
            if soname not in brought and not soname.startswith((*PROMISED, *OF_THE_DRIVER))
        }
        for name, rows in by_package.items()
    }
    return {name: sonames for name, sonames in found.items() if sonames}


def packages_of(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Yield each installed package with its shared libraries, by its RECORD."""
    for record in folder.rglob("*.dist-info/RECORD"):
        home = record.parent.parent
        name = canonicalize_name(record.parent.name.partition("-")[0])
        with record.open(newline="", encoding="utf-8") as file:
            names = [row[0] for row in csv.reader(file) if row]
        yield name, [home / row for row in names if ".so" in row and (home / row).is_file()]


def lacks(found: dict[str, set[str]]) -> list[str]:
    """Return what packages need and the table does not say, as lines."""
    known = {row.soname: row.packages for row in libraries()}
    return sorted(
        f"{name} loads {soname}"
        for name, sonames in found.items()
        for soname in sonames
        if name not in known.get(soname, ())
    )


def main(arguments: list[str]) -> int:
    missing: list[str] = []
    for folder in map(Path, arguments):
        found = loaded_from_system(folder)
        for name, sonames in sorted(found.items()):
            print(f"{name}: {', '.join(sorted(sonames))}")
        missing += lacks(found)
    for line in missing:
        print(f"the table lacks: {line}", file=sys.stderr)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
