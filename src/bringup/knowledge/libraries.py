"""NVIDIA's libraries as packages: releases of cuDNN, which two frameworks may pin differently."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bringup.knowledge.provenance import Provenance, read_rows
from bringup.knowledge.releases import Release, releases

_CUDNN: Final = re.compile(r"nvidia-cudnn-cu(\d\d)")


def is_library(name: str) -> bool:
    """Say whether a package is a library whose releases are in a table of its own."""
    return _CUDNN.fullmatch(name) is not None


def known_releases(name: str) -> tuple[Release, ...]:
    """Return the releases of a package or a library, the newest first; none when unknown."""
    return _cudnn_releases(name) if is_library(name) else releases(name)


def releases_within(name: str, limits: SpecifierSet) -> list[Release]:
    """Return the releases of a package or a library that limits allow, the newest first.

    A pin on a library newer than its table is taken at its word: there is such a release.
    """
    rows = [row for row in known_releases(name) if limits.contains(row.version, prereleases=True)]
    if rows or not is_library(name):
        return rows
    pins = [row.version for row in limits if row.operator == "==" and "*" not in row.version]
    return [
        Release(name, Version(pin), None, SpecifierSet(), (), False, ())
        for pin in pins[:1]
        if limits.contains(pin, prereleases=True)
    ]


@cache
def _cudnn_releases(name: str) -> tuple[Release, ...]:
    match = _CUDNN.fullmatch(name)
    assert match is not None
    rows = [
        Release(
            name,
            Version(row["version"]),
            row.get("released"),
            SpecifierSet(),
            (),
            False,
            (),
            provenance=Provenance.of(row),
        )
        for row in read_rows("cudnn.toml")["release"]
        if int(match[1]) in map(int, row["cuda_majors"])
    ]
    return tuple(sorted(rows, key=lambda row: row.version, reverse=True))
