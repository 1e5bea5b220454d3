"""Releases of a library that has one package per CUDA major: ``nvidia-cudnn-cu12``, ``-cu13``."""

from __future__ import annotations

from typing import Final

from packaging.version import Version

from bringup.knowledge.refresh.asking import Asking, today
from bringup.knowledge.refresh.toml import Row
from bringup.knowledge.refresh.wheels import ReleaseFiles, releases_of

MAJORS: Final = (11, 12, 13)


def library_rows(library: str, asking: Asking) -> list[Row]:
    """Return a row per final release with wheels, newest first."""
    found: dict[Version, dict[int, ReleaseFiles]] = {}
    for major in MAJORS:
        package = f"nvidia-{library}-cu{major}"
        for release in releases_of(package, asking.files(package), "0"):
            if release.wheels:
                found.setdefault(release.version, {})[major] = release
    return [_row(library, version, found[version]) for version in sorted(found, reverse=True)]


def _row(library: str, version: Version, releases: dict[int, ReleaseFiles]) -> Row:
    row: Row = {"version": str(version), "cuda_majors": sorted(releases)}
    days = [file.uploaded for files in releases.values() for file in files.files if file.uploaded]
    if days:
        row["released"] = min(days)
    packages = ", ".join(f"-cu{major}" for major in MAJORS)
    row["source"] = f"files of nvidia-{library}{packages} on the package index"
    return {**row, "checked": today(), "confidence": "official"}
