"""``tables/builds/jax.toml`` against the plugins that the extras of jax ask for."""

from __future__ import annotations

from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.builds import check_versions, key_of
from bringup.knowledge.refresh.outcome import Outcome, Review
from bringup.knowledge.refresh.releases import minor_of, pin_of, release_rows
from bringup.knowledge.refresh.toml import Document, Row

_MAJORS: Final = ("12", "13")


def check(document: Document, asking: Asking) -> Outcome:
    """Compare the CUDA builds with the plugins, and note plugins without a row."""
    review = Review.of("builds/jax")
    releases = release_rows("jax", asking)
    plugins = {major: release_rows(f"jax-cuda{major}-plugin", asking) for major in _MAJORS}
    check_versions(review, document, releases)
    rows = {key_of(row): row for row in document["build"]}
    for version, release in releases.items():
        review.compare(f"{version} cpu", "build", "cpu", "cpu", same=f"{version} cpu" in rows)
        for major in _MAJORS:
            name = f"{version} cuda{major}"
            pins = plugin_pins(release, major, plugins[major])
            if pins is None and name in rows:
                review.unknown(name)
            elif pins is not None and name not in rows:
                review.missing(name)
            elif pins is not None:
                _compare(review, rows[name], pins)
    return review.outcome(document, "build", key_of)


def plugin_pins(release: Row, major: str, plugins: dict[str, Row]) -> list[str] | None:
    """Return what the CUDA extra of a release installs, None when it cannot be installed."""
    asked = release.get("extras", {}).get(f"cuda{major}", [])
    name = f"jax-cuda{major}-plugin"
    for requirement in map(Requirement, asked):
        if canonicalize_name(requirement.name) == name:
            fitting = [row for version, row in plugins.items() if version in requirement.specifier]
            if fitting:
                # Plugins before 0.4.30 have no extra; jax itself lists the libraries.
                found: list[str] = fitting[0].get("extras", {}).get("with-cuda", asked)
                return found
    return None


def _compare(review: Review, row: Row, pins: list[str]) -> None:
    name = key_of(row)
    runtime = pin_of(pins, "nvidia-cuda-runtime")
    found = {
        "cuda_min": None if runtime is None else minor_of(runtime),
        "cudnn_min": pin_of(pins, "nvidia-cudnn"),
        "nccl_min": pin_of(pins, "nvidia-nccl"),
    }
    for column, value in found.items():
        if value is not None:
            review.compare(name, column, row.get(column), value, same=row.get(column) == value)
