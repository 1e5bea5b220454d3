"""What a project must know of a named data set to be judged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from bringup.project.document import Document


class KnownDataset(Protocol):
    """A row of the table of data sets."""

    @property
    def task(self) -> str:
        """``classification`` or ``regression``."""

    @property
    def input_kind(self) -> str:
        """``image`` or ``table``."""


def dataset_of(
    document: Document, datasets: Mapping[str, KnownDataset | None]
) -> KnownDataset | None:
    """Return what is known of the project's named data set, or None."""
    name = document.text("data", "dataset")
    return None if name is None else datasets.get(name)
