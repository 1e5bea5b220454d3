"""``tables/builds/onnxruntime-gpu.toml`` against the extras and the wheels' platforms."""

from __future__ import annotations

from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.builds import check_platforms, check_versions, key_of
from bringup.knowledge.refresh.outcome import Outcome, Review
from bringup.knowledge.refresh.releases import pin_of, release_rows
from bringup.knowledge.refresh.toml import Document

PACKAGE = "onnxruntime-gpu"


def check(document: Document, asking: Asking) -> Outcome:
    """Compare the major versions of CUDA and cuDNN with the extras ``cuda`` and ``cudnn``."""
    review = Review.of(f"builds/{PACKAGE}")
    releases = release_rows(PACKAGE, asking)
    check_versions(review, document, releases)
    check_platforms(review, document, releases)
    for row in document["build"]:
        extras = releases.get(row["version"], {}).get("extras", {})
        for column, prefix in (("cuda", "nvidia-cuda-runtime"), ("cudnn", "nvidia-cudnn")):
            found = pin_of(extras.get(column, []), prefix)
            if found is not None:
                same = found.split(".")[0] == row[column].split(".")[0]
                review.compare(key_of(row), column, row[column], found, same=same)
    return review.outcome(document, "build", key_of)
