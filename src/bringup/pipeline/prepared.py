"""What the prepare stage left, for the stages after training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def rows_of(prepared: dict[str, Any], name: str) -> int:
    """Return how many rows a split has, 0 when it is absent."""
    return int(prepared["splits"].get(name, {}).get("rows", 0))


def held_out(prepared: dict[str, Any]) -> str:
    """Return the split whose first rows training answered for parity.

    The test split; validation where there is no test split, train where there is neither.
    """
    return next((name for name in ("test", "validation") if rows_of(prepared, name)), "train")


def read_split(
    folder: Path, prepared: dict[str, Any], name: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the raw inputs and the targets of a split, mapped from their files.

    Args:
        folder: work folder of prepare.
        prepared: its ``prepared.json``.
        name: train, validation or test.
    """
    split = prepared["splits"][name]
    return (
        np.load(folder / split["inputs"], mmap_mode="r"),
        np.load(folder / split["targets"], mmap_mode="r"),
    )
