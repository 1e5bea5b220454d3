"""Releases that the tables do not have: their own metadata, read from the index just now."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from dataclasses import replace
from email.parser import HeaderParser
from typing import Final

from packaging.specifiers import SpecifierSet
from packaging.utils import InvalidWheelFilename, parse_wheel_filename
from packaging.version import InvalidVersion, Version

from bringup.knowledge.builds import Build, builds, cuda_major
from bringup.knowledge.provenance import Provenance
from bringup.knowledge.releases import Release, Wheels, package_names
from bringup.machine.model import Machine
from bringup.stack.answer.pairs import parsed
from bringup.stack.index import IndexClient, IndexFile, configured_indexes

_TOOLKIT: Final = re.compile(r"(?:cuda-toolkit|nvidia-cuda-runtime(?:-cu\d+)?)$")


def releases_at_index(
    name: str, specifier: SpecifierSet, machine: Machine, *, newest: int = 1
) -> list[Release]:
    """Return the newest releases of a package on the machine's indexes within a specifier.

    Raises:
        UnreachableError: STK010, STK011.
        BringupError: STK012, STK013; STK029, a wheel without metadata.
    """
    with IndexClient(machine) as client:
        for index in configured_indexes(machine):
            files = [row for row in client.files(index, name) if not row.yanked]
            versions = sorted(
                {version for row in files if (version := _version(row)) is not None}, reverse=True
            )
            matching = [row for row in versions if specifier.contains(row, prereleases=None)]
            if matching:
                return [_release(client, name, row, files) for row in matching[:newest]]
    return []


def _version(file: IndexFile) -> Version | None:
    try:
        return parse_wheel_filename(file.filename)[1]
    except (InvalidWheelFilename, InvalidVersion):
        return None


def _release(
    client: IndexClient, name: str, version: Version, files: Iterable[IndexFile]
) -> Release:
    mine = [row for row in files if _version(row) == version]
    told = _told(client, mine)
    message = HeaderParser().parsestr(told)
    requires, extras = _split(message.get_all("Requires-Dist") or ())
    provided = message.get_all("Provides-Extra") or ()
    return Release(
        name,
        version,
        None,
        SpecifierSet(message.get("Requires-Python") or mine[0].requires_python or ""),
        tuple(_wheels(row.filename) for row in mine),
        False,
        tuple(requires),
        {extra: tuple(extras.get(extra, ())) for extra in provided},
        Provenance(
            f"metadata of {mine[-1].filename} on the package index",
            datetime.datetime.now(datetime.UTC).date(),
            "official",
        ),
        live=True,
    )


def _told(client: IndexClient, files: list[IndexFile]) -> str:
    """Return the METADATA of a release: of its wheel for the commonest platform first."""
    linux = [row for row in files if "manylinux" in row.filename and "x86_64" in row.filename]
    return client.metadata((linux or files)[-1]).decode("utf-8", "replace")


def _split(rows: Iterable[str]) -> tuple[list[str], dict[str, list[str]]]:
    """Part the requirements on packages of the tables into plain ones and those of extras."""
    plain: list[str] = []
    extras: dict[str, list[str]] = {}
    for text in rows:
        requirement = parsed(text)
        if requirement is None or not _matters(requirement.name):
            continue
        match = re.search(r"extra\s*==\s*[\"']([^\"']+)[\"']", text)
        if match is None:
            plain.append(text)
        else:
            extras.setdefault(match[1], []).append(text)
    return plain, extras


def _matters(name: str) -> bool:
    low = name.lower().replace("_", "-")
    return low in package_names() or low.startswith("nvidia-") or low == "cuda-toolkit"


def _wheels(filename: str) -> Wheels:
    parts = filename.removesuffix(".whl").split("-")
    pairs = tuple(f"{tag}-{parts[-2]}" for tag in parts[-3].split("."))
    return Wheels(tuple(parts[-1].split(".")), pairs)


def assumed_builds(release: Release) -> tuple[Build, ...]:
    """Return the builds of a release that the tables lack: as those of the last one before it.

    The default CUDA build is the one that the release's own metadata pins.
    """
    rows = builds(release.package)
    before = next((row.version for row in rows if row.version <= release.version), rows[-1].version)
    latest = [row for row in rows if row.version == before]
    told = Provenance(
        f"taken to be as {release.package} {before}: the tables have no row",
        latest[0].provenance.checked,
        "derived",
    )
    pinned = _pinned_cuda(release) if release.package == "torch" else None
    found = []
    for row in latest:
        build, cuda, known = row.build, row.cuda, row
        if pinned and row.is_cuda and "linux_x86_64" in row.default_on:
            build, cuda = f"cu{pinned.replace('.', '')}", pinned
        if cuda_major(build) != cuda_major(row.build):
            # Another CUDA major: nobody knows which GPUs it has code for but NVIDIA's own range.
            known = replace(row, archs=(), archs_aarch64=(), ptx=None)
        found.append(
            replace(known, version=release.version, build=build, cuda=cuda, provenance=told)
        )
    return tuple(found)


def _pinned_cuda(release: Release) -> str | None:
    for text in release.requires:
        requirement = parsed(text)
        if requirement is None or not _TOOLKIT.match(requirement.name.lower().replace("_", "-")):
            continue
        for row in requirement.specifier:
            if row.operator == "==":
                return ".".join(row.version.split(".")[:2])
    return None
