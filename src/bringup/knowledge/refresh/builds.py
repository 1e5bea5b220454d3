"""What the programs of all build tables share."""

from __future__ import annotations

from bringup.knowledge.refresh.outcome import Review
from bringup.knowledge.refresh.releases import platforms_of
from bringup.knowledge.refresh.toml import Document, Row


def key_of(row: Row) -> str:
    """Return the name of a build's row: ``2.13.0 cu130``."""
    return f"{row['version']} {row['build']}"


def check_versions(review: Review, document: Document, releases: dict[str, Row]) -> None:
    """Note releases of the index without a row, and rows without a release."""
    known = {row["version"] for row in document["build"]}
    for version in releases:
        if version not in known:
            review.missing(version)
    for row in document["build"]:
        if row["version"] not in releases:
            review.unknown(key_of(row))


def check_platforms(review: Review, document: Document, releases: dict[str, Row]) -> None:
    """Compare the platforms that default builds serve with those that have wheels."""
    for version, release in releases.items():
        rows = [row for row in document["build"] if row["version"] == version]
        served = {platform for row in rows for platform in row.get("default_on", ())}
        found = platforms_of(release)
        if served == found:
            for row in rows:
                review.compare(key_of(row), "default_on", served, found, same=True)
        elif rows:
            review.compare(version, "default_on", sorted(served), sorted(found), same=False)
