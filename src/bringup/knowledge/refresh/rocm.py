"""``tables/rocm.toml`` against torch's ROCm builds: no index has ROCm, the tables must agree."""

from __future__ import annotations

from pathlib import Path

from bringup.knowledge.refresh.builds import key_of
from bringup.knowledge.refresh.outcome import Outcome, Review
from bringup.knowledge.refresh.toml import Document, Row, read_document


def check(document: Document, tables: Path) -> Outcome:
    """Compare the GPUs of each ROCm version with those of torch's builds for it."""
    review = Review.of("rocm")
    rows = {f"rocm{row['version']}": row for row in document["rocm"]}
    builds = read_document(tables / "builds" / "torch.toml").get("build", [])
    for build in (build for build in builds if build["build"].startswith("rocm")):
        row = rows.get(build["build"])
        if row is None:
            review.missing(build["build"])
        elif row["gfx"] != build["archs"]:
            # Two of our own tables: nothing outside says which is right.
            review.compare(key_of(build), "gfx", row["gfx"], build["archs"], same=False)
    return review.outcome(document, "rocm", _key)


def _key(row: Row) -> str:
    return str(row["version"])
