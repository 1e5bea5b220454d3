"""What releases ask of each other: their metadata, and the pairs that metadata does not guard."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from bringup.knowledge.builds import Build, cuda_major
from bringup.knowledge.conflicts import Conflict, conflicts_of
from bringup.knowledge.libraries import known_releases, releases_within
from bringup.knowledge.releases import Release
from bringup.stack.answer.model import Chosen, Reason, Row, release_row
from bringup.stack.answer.place import Place
from bringup.stack.markers import marker_values
from bringup.stack.model import Note

_CODES: Final = {
    "numpy": "numpy_incompatible",
    "protobuf": "protobuf_incompatible",
    "keras": "keras_incompatible",
    "tf-keras": "keras_incompatible",
    "setuptools": "setuptools_incompatible",
}
_BROKERS: Final = frozenset(
    {
        "numpy", "protobuf", "keras", "setuptools", "torch", "jaxlib", "ml-dtypes", "triton",
        "nvidia-cudnn-cu11", "nvidia-cudnn-cu12", "nvidia-cudnn-cu13",
    }
)  # fmt: skip
"""Packages that two others may ask for in versions that do not meet."""


@lru_cache(maxsize=4096)
def parsed(text: str) -> Requirement | None:
    """Read a PEP 508 text, None when it is none (old metadata)."""
    try:
        return Requirement(text)
    except InvalidRequirement:
        return None


def limits_in(rows: Iterable[str], name: str) -> SpecifierSet | None:
    """Return what requirement texts say of one package, markers left out; None if nothing."""
    found = [row.specifier for text in rows if (row := parsed(text)) and _named(row) == name]
    if not found:
        return None
    limits = SpecifierSet()
    for specifier in found:
        limits &= specifier
    return limits


def _named(requirement: Requirement) -> str:
    return canonicalize_name(requirement.name)


class Needs:
    """Reads what a release with its extras needs at one place; markers are evaluated once."""

    def __init__(self, place: Place) -> None:
        self._values = marker_values(place.machine, place.interpreter)
        self._markers: dict[str, bool] = {}

    def of(
        self, release: Release, extras: Iterable[str] = (), build: Build | None = None
    ) -> Iterator[Requirement]:
        """Yield the requirements of a release in a build that hold at the place."""
        yield from self._holding(_rows_of_build(release, build), "")
        for extra in extras:
            spelt = (extra, extra.replace("-", "_"), extra.replace("_", "-"))
            name = next((name for name in spelt if name in release.extras), extra)
            yield from self._holding(release.extras.get(name, ()), name)

    def _holding(self, rows: Iterable[str], extra: str) -> Iterator[Requirement]:
        for text in rows:
            requirement = parsed(text)
            if requirement is not None and self._holds(requirement, extra):
                yield requirement

    def _holds(self, requirement: Requirement, extra: str) -> bool:
        if requirement.marker is None:
            return True
        key = f"{requirement.marker} {extra}"
        if key not in self._markers:
            self._markers[key] = requirement.marker.evaluate({**self._values, "extra": extra})
        return self._markers[key]


def _rows_of_build(release: Release, build: Build | None) -> Iterable[str]:
    """Return a release's rows; a build that is not the default brings other libraries of NVIDIA."""
    if build is not None and build.framework == "jax" and not build.is_cuda:
        return (*release.requires, *optional_jaxlib(release))
    if build is None or build.framework != "torch" or "linux_x86_64" in build.default_on:
        return release.requires
    left_out = ("nvidia-", "cuda-", *(() if build.is_cuda or build.is_rocm else ("triton",)))
    rows = [text for text in release.requires if not text.startswith(left_out)]
    if build.is_cuda and build.cudnn and build.cudnn.count(".") > 1:
        rows.append(f"nvidia-cudnn-cu{cuda_major(build.build)}=={build.cudnn}")
    return rows


def optional_jaxlib(release: Release) -> tuple[str, ...]:
    """Return what the extra ``cpu`` of an old jax asks for: without its jaxlib, jax does not start.

    Newer releases require jaxlib themselves; then there is nothing to add. Of a release without
    wheels only this is known: jax refuses a jaxlib that is newer than itself.
    """
    if limits_in(release.requires, "jaxlib") is not None:
        return ()
    if release.wheels:
        return release.extras.get("cpu", ())
    text = f"jaxlib<={release.version}"
    return (text,) if _exists("jaxlib", SpecifierSet(text.removeprefix("jaxlib"))) else ()


def code_of(package: str) -> str:
    """Return the reason code for a version of a package that does not go with another's."""
    return _CODES.get(package, "pair_mismatch")


def pair_reasons(
    one: Chosen, other: Chosen, needs: Needs, place: Place, beside: frozenset[str] = frozenset()
) -> list[Reason]:
    """Return why two releases cannot be in one environment; none when they can.

    ``beside``: all packages that are asked for; one of them may mend a conflict.
    """
    return [
        *_direct(one, other, needs),
        *_direct(other, one, needs),
        *_unguarded(one.release, other.release, place, beside),
        *_unguarded(other.release, one.release, place, beside),
        *_made_for(one, other),
        *_made_for(other, one),
        *_through_brokers(one, other, needs),
    ]


def _direct(one: Chosen, other: Chosen, needs: Needs) -> Iterator[Reason]:
    name = other.release.package
    for row in needs.of(one.release, one.extras, one.row):
        if _named(row) == name and not row.specifier.contains(other.version, prereleases=True):
            params = {
                "release": one.release.label,
                "needed": f"{name}{row.specifier}",
                "found": other.release.label,
            }
            rows = (release_row(one.release), release_row(other.release))
            yield Reason(_pair_code(one, other), Note("ANS070", params), rows)


def _pair_code(one: Chosen, other: Chosen) -> str:
    for package in (other.release.package, one.release.package):
        if package in _CODES:
            return _CODES[package]
    return "pair_mismatch"


def limits_of(release: Release, place: Place, beside: Iterable[str]) -> Iterator[Conflict]:
    """Yield the rows about a release that may hold at a place, beside other packages."""
    for row in conflicts_of(release.package):
        if row.os is not None and row.os != place.os:
            continue
        mended = row.unless is not None and row.unless in beside
        if not mended and row.applies(release.package, release.version):
            yield row


def _unguarded(
    one: Release, other: Release, place: Place, beside: Iterable[str]
) -> Iterator[Reason]:
    for row in limits_of(one, place, beside):
        if not row.warning and clashes(row, other):
            params = {"one": one.label, "other": other.label, "effect": row.effect}
            yield Reason(
                row.reason, Note("ANS071", params), (Row("conflicts", row.id, row.provenance),)
            )


def _made_for(one: Chosen, other: Chosen) -> Iterator[Reason]:
    limits = optional_limits(one.release, other.release.package)
    if limits is None or limits.contains(other.version, prereleases=True):
        return
    params = {
        "release": one.release.label,
        "needed": f"{other.release.package}{limits}",
        "found": other.release.label,
    }
    yield Reason(_pair_code(one, other), Note("ANS074", params), (release_row(one.release),))


def optional_limits(release: Release, package: str) -> SpecifierSet | None:
    """Return what a release's extra of another package's name says of it: transformers[torch].

    Who installs both without the extra gets no guard from the metadata, and the same failure.
    """
    return limits_in(release.extras.get(package, ()), package)


def clashes(row: Conflict, other: Release) -> bool:
    """Say whether a row speaks against another release."""
    if row.against == other.package:
        return row.against_when.contains(other.version, prereleases=True)
    if row.needs is None:
        return False
    needed = parsed(row.needs)
    if needed is None or _named(needed) != other.package:
        return False
    return not needed.specifier.contains(other.version, prereleases=True)


def _through_brokers(one: Chosen, other: Chosen, needs: Needs) -> Iterator[Reason]:
    """Look for a third package that both need in versions that do not meet."""
    mine = _specifiers(needs.of(one.release, one.extras, one.row))
    theirs = _specifiers(needs.of(other.release, other.extras, other.row))
    for name in sorted(mine.keys() & theirs.keys() & _BROKERS):
        if name in {one.release.package, other.release.package}:
            continue
        both = mine[name] & theirs[name]
        if _exists(name, both):
            continue
        params = {
            "one": one.release.label,
            "first": f"{name}{mine[name]}",
            "other": other.release.label,
            "second": f"{name}{theirs[name]}",
        }
        rows = (release_row(one.release), release_row(other.release))
        yield Reason(code_of(name), Note("ANS072", params), rows)


def _specifiers(rows: Iterable[Requirement]) -> dict[str, SpecifierSet]:
    found: dict[str, SpecifierSet] = {}
    for row in rows:
        name = _named(row)
        found[name] = found.get(name, SpecifierSet()) & row.specifier
    return found


@lru_cache(maxsize=1024)
def _exists(name: str, limits: SpecifierSet) -> bool:
    return not known_releases(name) or bool(releases_within(name, limits))
