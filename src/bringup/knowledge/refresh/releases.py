"""Releases of a package as rows, and what their files and requirements say about builds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from bringup.knowledge.refresh import packages
from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.toml import Row
from bringup.knowledge.refresh.wheels import wheel_name
from bringup.stack.index import IndexFile

_FLOOR_OPERATORS: Final = frozenset({"==", ">=", "~="})
PLATFORMS: Final = ("linux_x86_64", "linux_aarch64", "windows", "macos")


def release_rows(package: str, asking: Asking) -> dict[str, Row]:
    """Return the releases of a package on the index as rows, newest first."""
    rows = packages.rebuild(package, {}, asking)["release"]
    return {row["version"]: row for row in rows}


def platform_of(tag: str) -> str | None:
    """Return linux_x86_64, linux_aarch64, windows or macos for a platform tag."""
    if tag.startswith(("manylinux", "linux")):
        return next((name for name in PLATFORMS[:2] if tag.endswith(name[6:])), None)
    if tag.startswith("win_amd64"):
        return "windows"
    return "macos" if tag.startswith("macosx") else None


def platforms_of(row: Row) -> set[str]:
    """Return the platforms that a release has wheels for."""
    found = {platform_of(wheel.partition(" ")[0]) for wheel in row["wheels"]}
    return {platform for platform in found if platform is not None}


def sizes_of(files: Iterable[IndexFile], version: str) -> dict[str, int]:
    """Return the size in bytes of the largest wheel per platform; none where sizes are not said."""
    sizes: dict[str, int] = {}
    for file in files:
        if not file.filename.endswith(".whl") or file.size is None:
            continue
        if file.filename.split("-")[1] != version:
            continue
        platform = platform_of(wheel_name(file.filename).platform)
        if platform is not None:
            sizes[platform] = max(sizes.get(platform, 0), file.size)
    return sizes


def pins(rows: Iterable[str], *prefixes: str) -> Iterator[SpecifierSet]:
    """Give the specifiers of the requirements whose name begins with one of ``prefixes``."""
    for text in rows:
        row = Requirement(text)
        if canonicalize_name(row.name).startswith(prefixes):
            yield row.specifier


def pin_of(rows: Iterable[str], *prefixes: str) -> str | None:
    """Return the version that a requirement pins or begins with, None when there is none."""
    for specifier in pins(rows, *prefixes):
        versions = [
            Version(part.version) for part in specifier if part.operator in _FLOOR_OPERATORS
        ]
        if versions:
            return str(max(versions))
    return None


def is_exact(rows: Iterable[str], prefix: str) -> bool:
    """Say whether a requirement pins one version."""
    return any(part.operator == "==" for spec in pins(rows, prefix) for part in spec)


def begins_with(version: str, prefix: str) -> bool:
    """Say whether a version is the one or below it: 9.3.0.75 begins with 9.3."""
    return version == prefix or version.startswith(f"{prefix}.")


def minor_of(version: str) -> str:
    """Return the first two numbers: 12.1 for 12.1.105."""
    return ".".join(version.split(".")[:2])
