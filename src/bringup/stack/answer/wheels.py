"""Whether a release has a wheel for a platform, a Python and a C library: PEP 425, 600, 656.

https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from packaging.version import Version

from bringup.knowledge.conflicts import conflicts_of
from bringup.knowledge.releases import Release, Wheels
from bringup.stack.answer.model import Reason, Row, release_row
from bringup.stack.answer.place import Place
from bringup.stack.model import Note

_LEGACY_GLIBC: Final = {"manylinux1": 5, "manylinux2010": 12, "manylinux2014": 17}
_PERENNIAL: Final = re.compile(r"(manylinux|musllinux)_(\d+)_(\d+)_(\w+)")
_LEGACY: Final = re.compile(r"(manylinux1|manylinux2010|manylinux2014)_(\w+)")
_MAC: Final = re.compile(r"macosx_(\d+)_(\d+)_(\w+)")
_CPYTHON: Final = re.compile(r"cp(\d)(\d+)")
_ANY_PYTHON: Final = re.compile(r"py3(\d*)")
_WINDOWS: Final = {"x86_64": "win_amd64", "aarch64": "win_arm64", "x86": "win32"}


def wheel_reasons(release: Release, place: Place) -> list[Reason]:
    """Return why no wheel of a release can be installed at a place; none when one can."""
    if not release.wheels:
        return _python_limit(release, place)
    here = [row for row in release.wheels if _on_platform(row, place)]
    if not here:
        return [_reason("no_wheel_for_platform", "ANS010", release, platform=place.shown)]
    reasons = _python_limit(release, place)
    fitting = [row for row in here if _for_python(row, place.python)]
    if not fitting and not reasons:
        reasons.append(_no_python(release, place, here))
    if late := _libc_reason(release, place, fitting or here):
        reasons.append(late)
    return reasons


def pythons_of(release: Release, place: Place) -> list[str]:
    """Return the minor versions of CPython with a wheel at a place, the newest first."""
    here = [row for row in release.wheels if _on_platform(row, place)]
    minors = [f"3.{minor}" for minor in range(20, 5, -1)]
    if not any(pair.endswith(("abi3", "none")) for row in here for pair in row.pythons):
        exact = {_minor(pair) for row in here for pair in row.pythons}
        minors = [text for text in minors if text in exact]
    else:
        minors = [text for text in minors if int(text[2:]) <= _NEWEST_MINOR]
    return [
        text
        for text in minors
        if release.requires_python.contains(text, prereleases=True)
        and any(_for_python(row, Version(text)) for row in here)
    ]


_NEWEST_MINOR: Final = 14
"""Newest CPython that is suggested where a wheel runs on any."""


def _minor(pair: str) -> str:
    match = _CPYTHON.match(pair)
    return f"{match[1]}.{match[2]}" if match and not pair.endswith("t") else ""


def _python_limit(release: Release, place: Place) -> list[Reason]:
    if place.python is None or release.requires_python.contains(place.python, prereleases=True):
        return []
    return [
        _reason(
            "no_wheel_for_python",
            "ANS012",
            release,
            python=str(place.python),
            needed=str(release.requires_python),
        )
    ]


def _no_python(release: Release, place: Place, here: Iterable[Wheels]) -> Reason:
    known = {_minor(pair) for row in here for pair in row.pythons} - {""}
    shown = ", ".join(sorted(known, key=Version))
    return _reason(
        "no_wheel_for_python",
        "ANS011",
        release,
        python=str(place.python),
        platform=place.shown,
        known=shown,
    )


def _libc_reason(release: Release, place: Place, rows: Iterable[Wheels]) -> Reason | None:
    found = place.libc_version
    if place.os != "linux" or place.is_musl or found is None:
        return None
    floors = [floor for row in rows if (floor := _glibc_floor(row)) is not None]
    needed = Version(f"2.{min(floors)}") if floors else Version("0")
    told: tuple[Row, ...] = (release_row(release),)
    for row in conflicts_of(release.package):
        if row.glibc and row.applies(release.package, release.version):
            needed = max(needed, Version(row.glibc))
            told = (*told, Row("conflicts", row.id, row.provenance))
    if found >= needed:
        return None
    note = Note("ANS013", {"release": release.label, "needed": str(needed), "found": str(found)})
    return Reason("glibc_too_old", note, told)


def _glibc_floor(row: Wheels) -> int | None:
    """Return the oldest glibc 2.x of a wheel's tags; None when it does not name one."""
    minors = []
    for platform in row.platforms:
        if match := _PERENNIAL.fullmatch(platform):
            minors.append(int(match[3]))
        elif match := _LEGACY.fullmatch(platform):
            minors.append(_LEGACY_GLIBC[match[1]])
        else:
            return None
    return min(minors, default=None)


def _on_platform(row: Wheels, place: Place) -> bool:
    return any(_platform_fits(platform, place) for platform in row.platforms)


def _platform_fits(platform: str, place: Place) -> bool:
    if platform == "any":
        return True
    if place.os == "windows":
        return platform == _WINDOWS.get(place.arch)
    if place.os == "macos":
        return _mac_fits(platform, place)
    return place.os == "linux" and _linux_fits(platform, place)


def _linux_fits(platform: str, place: Place) -> bool:
    if match := _PERENNIAL.fullmatch(platform):
        return match[4] == place.arch and (match[1] == "musllinux") == place.is_musl
    if match := _LEGACY.fullmatch(platform):
        return match[2] == place.arch and not place.is_musl
    return platform == f"linux_{place.arch}"


def _mac_fits(platform: str, place: Place) -> bool:
    match = _MAC.fullmatch(platform)
    if match is None:
        return False
    arch = "arm64" if place.arch == "aarch64" else place.arch
    both = {"universal2", *(() if arch == "arm64" else ("universal", "intel"))}
    if match[3] != arch and match[3] not in both:
        return False
    system = place.machine.value("os.version")
    numbers = re.findall(r"\d+", str(system or ""))[:2]
    if not numbers:
        return True
    found = tuple(map(int, numbers))
    needed = (int(match[1]), int(match[2]))
    # macOS 10.16 is what 11 calls itself to old programs; "14" alone stands for any 14.x.
    return found >= needed[: len(found)]


def _for_python(row: Wheels, python: Version | None) -> bool:
    return any(pair_fits(pair, python) for pair in row.pythons)


def pair_fits(pair: str, python: Version | None) -> bool:
    """Say whether a wheel's ``python-abi`` pair can be installed on a CPython with the GIL."""
    tag, _, abi = pair.partition("-")
    if python is None:
        return not abi.endswith("t")
    for part in tag.split("."):
        if (plain := _ANY_PYTHON.fullmatch(part)) and int(plain[1] or 0) <= python.minor:
            return True
        match = _CPYTHON.fullmatch(part)
        if match is None or int(match[1]) != python.major:
            continue
        minor = int(match[2])
        if abi in {"abi3", "none"} and minor <= python.minor:
            return True
        if minor == python.minor and abi.removesuffix("m") == part:
            return True
    return False


def _reason(code: str, text: str, release: Release, **params: object) -> Reason:
    return Reason(code, Note(text, {"release": release.label, **params}), (release_row(release),))
