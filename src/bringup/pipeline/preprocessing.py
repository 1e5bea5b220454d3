"""Preprocessing as a value: fitted on the training split, the same at training and at serving."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

from bringup.base.files import read_json, write_json

SCHEMA_VERSION: Final = 1
FILE_NAME: Final = "preprocessing.json"

_PIECE: Final = 1 << 18

InputKind = Literal["image", "table"]


@dataclass(frozen=True, slots=True)
class Preprocessing:
    """How raw inputs become what a model is fed: ``(fill(x) - mean) / std``, in float32.

    ``mean`` and ``std`` hold one number for images and one per feature for tables, of the raw
    values of the training split; 0 and 1 where nothing is standardised. ``fill`` holds the
    medians that take the place of NaN in tables, None where rows with NaN are not accepted.
    ``target_mean`` and ``target_std`` do the same for the target of a regression; predictions
    are mapped back with ``y * target_std + target_mean``.
    """

    input_kind: InputKind
    input_shape: tuple[int, ...]
    input_dtype: str
    mean: tuple[float, ...]
    std: tuple[float, ...]
    fill: tuple[float, ...] | None = None
    target_mean: tuple[float, ...] | None = None
    target_std: tuple[float, ...] | None = None

    @classmethod
    def fit(
        cls,
        inputs: NDArray[Any],
        targets: NDArray[Any] | None = None,
        *,
        standardise: bool = True,
        fill: Sequence[float] | None = None,
    ) -> Self:
        """Fit on the training split.

        Args:
            inputs: raw rows: uint8 [N, H, W] (images) or float32 [N, F] (a table, NaN filled).
            targets: float32 [N, 1] of a regression, None for a classification.
            standardise: whether to subtract the mean and divide by the standard deviation.
            fill: medians per feature, recorded as they are.
        """
        kind: InputKind = "image" if inputs.ndim == 3 else "table"
        mean, std = _image_moments(inputs) if kind == "image" else _column_moments(inputs)
        if not standardise:
            mean, std = (0.0,) * len(mean), (1.0,) * len(std)
        target_mean = target_std = None
        if targets is not None:
            target_mean, target_std = _column_moments(targets)
            if not standardise:
                target_mean, target_std = (0.0,) * len(target_mean), (1.0,) * len(target_std)
        return cls(
            input_kind=kind,
            input_shape=tuple(inputs.shape[1:]),
            input_dtype=str(inputs.dtype),
            mean=mean,
            std=std,
            fill=None if fill is None else tuple(float(value) for value in fill),
            target_mean=target_mean,
            target_std=target_std,
        )

    def apply(self, inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Return raw rows standardised, in their own shape."""
        values = inputs.astype(np.float32)
        if self.fill is not None:
            values = np.where(np.isnan(values), np.asarray(self.fill, np.float32), values)
        mean, std = np.asarray(self.mean, np.float32), np.asarray(self.std, np.float32)
        return np.asarray((values - mean) / std, np.float32)

    def to_json(self) -> dict[str, Any]:
        """Return the document of ``preprocessing.json``."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}

    @classmethod
    def from_json(cls, document: dict[str, Any]) -> Self:
        """Read what ``to_json`` wrote."""
        row: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in document.items()
            if name != "schema_version"
        }
        return cls(**row)

    def write(self, folder: Path) -> None:
        """Write ``preprocessing.json`` into ``folder``, atomically."""
        write_json(folder / FILE_NAME, self.to_json())

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read ``preprocessing.json`` of ``folder``.

        Raises:
            BringupError: FIL004 or FIL005, the file is missing or no JSON.
        """
        return cls.from_json(read_json(folder / FILE_NAME))


def pixel_moments(inputs: NDArray[Any]) -> tuple[float, float]:
    """Return the mean and the standard deviation of all pixels of uint8 images."""
    # Pixels take 256 values: their counts give both exactly, and faster than sums over float64
    # copies would. By pieces, since bincount makes an int64 of each byte that it is given.
    counts = np.zeros(256, np.int64)
    pixels = inputs.reshape(-1)
    for start in range(0, len(pixels), _PIECE):
        counts += np.bincount(pixels[start : start + _PIECE], minlength=256)
    values = np.arange(256, dtype=np.float64)
    mean = float((counts * values).sum() / counts.sum())
    variance = float((counts * (values - mean) ** 2).sum() / counts.sum())
    return mean, variance**0.5


def _image_moments(inputs: NDArray[Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    mean, std = pixel_moments(inputs)
    return (mean,), (_divisor(std),)


def _column_moments(rows: NDArray[Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    wide = rows.astype(np.float64)
    mean = wide.mean(axis=0)
    std = wide.std(axis=0)
    return tuple(float(value) for value in mean), tuple(_divisor(float(value)) for value in std)


def _divisor(std: float) -> float:
    # A constant column carries nothing: it becomes 0, not NaN.
    return std if std > 0 else 1.0
