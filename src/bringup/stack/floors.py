"""The oldest C library, or macOS, that the wheels of a lock run on, read from their names."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from packaging.tags import Tag
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion

from bringup.machine.model import Interpreter, Machine
from bringup.stack.platforms import wheel_tags

_VERSIONED: Final = re.compile(r"(?:manylinux|musllinux|macosx)_(\d+)_(\d+)_")
_NO_FLOOR: Final = (0, 0)
_LEGACY: Final = {"manylinux2014": (2, 17), "manylinux2010": (2, 12), "manylinux1": (2, 5)}


def platform_floor(
    machine: Machine, interpreter: Interpreter, pylocks: Iterable[Path]
) -> str | None:
    """Return the oldest version of the platform that all locked wheels run on.

    Of glibc or musl on Linux ("2.28"), of macOS ("14.0"); None where wheels ask for none.
    """
    fitting = wheel_tags(machine, interpreter)
    floors: list[tuple[int, int]] = []
    for path in pylocks:
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["packages"]:
            # The installer takes whichever of a package's wheels runs, so the lowest counts.
            wheels = [_floor_of(wheel, fitting) for wheel in row.get("wheels", ())]
            floors.append(min((floor for floor in wheels if floor), default=_NO_FLOOR))
    floor = max(floors, default=_NO_FLOOR)
    return None if floor == _NO_FLOOR else ".".join(map(str, floor))


def filename_of(row: dict[str, Any]) -> str:
    """Return the name of a file in a lock: of a wheel's or source distribution's row."""
    address = str(row.get("name") or row.get("url") or row.get("path") or "")
    return unquote(address.rpartition("/")[2])


def _floor_of(wheel: dict[str, Any], fitting: frozenset[Tag]) -> tuple[int, int] | None:
    """Return what a wheel asks of the platform, None when it does not fit at all."""
    try:
        tags = parse_wheel_filename(filename_of(wheel))[3] & fitting
    except (InvalidWheelFilename, InvalidVersion):
        return None
    versions: list[tuple[int, int]] = []
    for tag in tags:
        if tag.platform == "any":
            versions.append(_NO_FLOOR)
        elif match := _VERSIONED.match(tag.platform):
            versions.append((int(match[1]), int(match[2])))
        elif (legacy := tag.platform.partition("_")[0]) in _LEGACY:
            versions.append(_LEGACY[legacy])
    return min(versions, default=None)
