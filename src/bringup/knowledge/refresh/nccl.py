"""``tables/nccl.toml``: the releases of NCCL, rebuilt from the index."""

from __future__ import annotations

from bringup.knowledge.refresh.asking import Asking
from bringup.knowledge.refresh.nvidia import library_rows
from bringup.knowledge.refresh.outcome import Outcome, rebuilt
from bringup.knowledge.refresh.toml import Document


def check(document: Document, asking: Asking) -> Outcome:
    """Rebuild the releases."""
    new = {**document, "release": library_rows("nccl", asking)}
    return rebuilt("nccl", document, new, "release", lambda row: str(row["version"]))
