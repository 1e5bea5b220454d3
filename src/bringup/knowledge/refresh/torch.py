"""``tables/builds/torch.toml`` against the default wheels: what they pin, and their sizes."""

from __future__ import annotations

from typing import Final

from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.builds import check_versions, key_of
from bringup.knowledge.refresh.outcome import Outcome, Review
from bringup.knowledge.refresh.releases import (
    begins_with,
    minor_of,
    pin_of,
    platforms_of,
    release_rows,
    sizes_of,
)
from bringup.knowledge.refresh.toml import Document, Row

# The largest CPU wheel on Linux has 150 MB, the smallest CUDA wheel 420 MB.
_CUDA_WHEEL_BYTES: Final = 250_000_000


def check(document: Document, asking: Asking) -> Outcome:
    """Compare the default builds with Requires-Dist and with the sizes of the wheels."""
    review = Review.of("builds/torch")
    releases = release_rows("torch", asking)
    check_versions(review, document, releases)
    for row in document["build"]:
        release = releases.get(row["version"])
        if release is None:
            continue
        if "linux_x86_64" in row.get("default_on", ()) and "cuda" in row:
            _compare_pins(review, row, release["requires"])
    files = asking.files("torch")
    for version, release in releases.items():
        rows = [row for row in document["build"] if row["version"] == version]
        sizes = sizes_of(files, version)
        for platform in sorted(platforms_of(release)):
            _compare_size(review, rows, version, platform, sizes.get(platform))
    return review.outcome(document, "build", key_of)


def _compare_pins(review: Review, row: Row, requires: list[str]) -> None:
    name = key_of(row)
    toolkit = pin_of(requires, "cuda-toolkit")
    runtime = pin_of(requires, "nvidia-cuda-runtime")
    if toolkit is not None:
        review.compare(name, "cuda", row["cuda"], toolkit, same=row["cuda"] == toolkit)
    elif runtime is not None:
        same = minor_of(row["cuda"]) == minor_of(runtime)
        review.compare(name, "cuda", row["cuda"], runtime, same=same)
    for column in ("cudnn", "nccl"):
        pin = pin_of(requires, f"nvidia-{column}-")
        if pin is not None:
            ours = row.get(column)
            same = ours is not None and begins_with(pin, ours)
            review.compare(name, column, ours, pin, same=same)


def _compare_size(
    review: Review, rows: list[Row], version: str, platform: str, size_bytes: int | None
) -> None:
    defaults = [row for row in rows if platform in row.get("default_on", ())]
    if len(defaults) != 1:
        builds = [row["build"] for row in defaults]
        review.compare(version, f"default_on {platform}", builds, "one build", same=False)
    elif size_bytes is not None and platform != "macos":
        row = defaults[0]
        found = "cuda" if size_bytes > _CUDA_WHEEL_BYTES else "cpu"
        same = found == ("cuda" if "cuda" in row else "cpu")
        theirs = f"{found} ({size_bytes // 1_000_000} MB)"
        review.compare(key_of(row), f"default_on {platform}", row["build"], theirs, same=same)
