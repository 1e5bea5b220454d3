"""``tables/builds/tensorflow.toml`` against the ``and-cuda`` extra and the wheels' platforms."""

from __future__ import annotations

from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.builds import check_platforms, check_versions, key_of
from bringup.knowledge.refresh.outcome import Outcome, Review
from bringup.knowledge.refresh.releases import (
    begins_with,
    is_exact,
    minor_of,
    pin_of,
    release_rows,
)
from bringup.knowledge.refresh.toml import Document, Row


def check(document: Document, asking: Asking) -> Outcome:
    """Compare the tested CUDA, cuDNN and NCCL with what the releases ask for."""
    review = Review.of("builds/tensorflow")
    releases = release_rows("tensorflow", asking)
    check_versions(review, document, releases)
    check_platforms(review, document, releases)
    for row in document["build"]:
        release = releases.get(row["version"])
        pins = [] if release is None else release.get("extras", {}).get("and-cuda", [])
        if pins and "cuda" in row:
            _compare(review, row, pins)
    return review.outcome(document, "build", key_of)


def _compare(review: Review, row: Row, pins: list[str]) -> None:
    name = key_of(row)
    if runtime := pin_of(pins, "nvidia-cuda-runtime"):
        same = minor_of(runtime) == row["cuda"]
        review.compare(name, "cuda", row["cuda"], runtime, same=same)
    if cudnn := pin_of(pins, "nvidia-cudnn"):
        review.compare(name, "cudnn", row["cudnn"], cudnn, same=begins_with(cudnn, row["cudnn"]))
    if is_exact(pins, "nvidia-nccl"):
        nccl = pin_of(pins, "nvidia-nccl")
        review.compare(name, "nccl", row.get("nccl"), nccl, same=row.get("nccl") == nccl)
