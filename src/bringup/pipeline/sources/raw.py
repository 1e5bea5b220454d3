"""What every reader gives: rows as arrays, and what they mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Note = Callable[..., None]
"""Takes a code of the catalogue and its parameters, like ``EventWriter.note``."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Inputs and targets, row by row.

    ``inputs``: uint8 [N, H, W] (images) or float32 [N, F] (a table; NaN where a value is
    missing). ``targets``: int64 [N] (class numbers) or float32 [N, 1] (a regression).
    """

    inputs: NDArray[Any]
    targets: NDArray[Any]

    def __len__(self) -> int:
        return len(self.inputs)

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_]) -> Rows:
        """Return some of the rows, by number or by mask."""
        return Rows(self.inputs[index], self.targets[index])


@dataclass(frozen=True, slots=True)
class RawData:
    """What a reader found.

    ``test``: the test split that the data set names; None where a share of ``rows`` becomes it.
    ``cleaning``: what was left out or could not be read, for the evidence.
    """

    rows: Rows
    target_name: str
    test: Rows | None = None
    class_names: tuple[str, ...] | None = None
    feature_names: tuple[str, ...] | None = None
    cleaning: dict[str, Any] = field(default_factory=dict)

    @property
    def is_image(self) -> bool:
        """Whether the inputs are images."""
        return self.rows.inputs.ndim == 3
