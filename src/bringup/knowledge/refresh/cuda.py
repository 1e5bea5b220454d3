"""``tables/cuda.toml`` against the toolkits and runtimes that the index holds."""

from __future__ import annotations

from typing import Final

from packaging.version import Version

from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.outcome import Outcome, Review
from bringup.knowledge.refresh.releases import minor_of
from bringup.knowledge.refresh.toml import Document, Row
from bringup.knowledge.refresh.wheels import releases_of

_PACKAGES: Final = (
    "nvidia-cuda-runtime-cu11",
    "nvidia-cuda-runtime-cu12",
    "nvidia-cuda-runtime",
    "cuda-toolkit",
)


def check(document: Document, asking: Asking) -> Outcome:
    """Note CUDA releases of the index that the table does not know.

    Drivers, architectures and compilers stand in NVIDIA's release notes only; no index has them.
    """
    review = Review.of("cuda")
    found: set[str] = set()
    for package in _PACKAGES:
        releases = releases_of(package, asking.files(package), "11")
        found |= {minor_of(str(row.version)) for row in releases if row.wheels}
    known = {row["cuda"] for row in document["toolkit"]}
    families = {str(row["major"]) for row in document["family"]}
    for cuda in sorted(found, key=Version):
        if cuda not in known:
            review.missing(cuda)
        if cuda.partition(".")[0] not in families:
            review.missing(f"family {cuda.partition('.')[0]}")
    review.right |= found
    return review.outcome(document, "toolkit", _key)


def _key(row: Row) -> str:
    return str(row["cuda"])
