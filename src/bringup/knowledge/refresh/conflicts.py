"""``tables/conflicts.toml`` against the index: are the releases there, is metadata still silent."""

from __future__ import annotations

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.floors import FLOORS, WITHOUT_METADATA
from bringup.knowledge.refresh.outcome import Outcome, Review
from bringup.knowledge.refresh.releases import release_rows
from bringup.knowledge.refresh.toml import Document, Row

Releases = dict[str, Row]


def check(document: Document, asking: Asking) -> Outcome:
    """Note rows that hold for no release, and rows that the packages' metadata guards by now."""
    review = Review.of("conflicts")
    known: dict[str, Releases] = {}
    for row in document["conflict"]:
        for package in {row["package"], _other(row)} & set(FLOORS):
            if package not in known:
                known[package] = release_rows(package, asking)
    for row in document["conflict"]:
        releases = known.get(row["package"])
        if releases is not None:
            _check_row(review, row, releases, known)
    return review.outcome(document, "conflict", lambda row: str(row["id"]))


def _check_row(review: Review, row: Row, releases: Releases, known: dict[str, Releases]) -> None:
    when = SpecifierSet(row["when"])
    meant = [release for version, release in releases.items() if version in when]
    if not meant:
        review.unknown(row["id"])
        return
    other = _other(row)
    if row["package"] in WITHOUT_METADATA or other not in known:
        review.right.add(row["id"])
        return
    guarded = all(not _lets_through(row, release, other, known[other]) for release in meant)
    theirs = "true" if guarded else "false"
    review.compare(row["id"], "metadata_guard", "false", theirs, same=not guarded)


def _other(row: Row) -> str:
    if "against" in row:
        return str(row["against"])
    return canonicalize_name(Requirement(row["needs"]).name) if "needs" in row else ""


def _lets_through(row: Row, release: Row, other: str, others: Releases) -> bool:
    """Say whether a release's requirements allow a version of the other that cannot work."""
    asked = [r for r in map(Requirement, release.get("requires", ())) if _names(r, other)]
    allowed = [v for v in others if all(v in r.specifier for r in asked)]
    if "against" in row:
        against = SpecifierSet(row["against_when"])
        return any(version in against for version in allowed)
    needed = Requirement(row["needs"]).specifier
    return any(version not in needed for version in allowed)


def _names(requirement: Requirement, package: str) -> bool:
    return canonicalize_name(requirement.name) == package
