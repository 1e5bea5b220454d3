"""The prepared splits as batches: in the device's memory, or read row by row where too large."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import torch
from torch import Tensor

from bringup.base.errors import BringupError
from bringup.base.files import read_json
from bringup.base.resources import available_memory_bytes
from bringup.pipeline.backends.torch.preprocess import Postprocess, Preprocess, standardised_shape
from bringup.pipeline.prepared import read_split, rows_of
from bringup.pipeline.preprocessing import Preprocessing

_CHUNK_ROWS: Final = 4096
_SHARE_OF_MEMORY: Final = 0.5
_FLOAT_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the prepare stage left: its description and the fitted preprocessing."""

    folder: Path
    document: dict[str, Any]
    fitted: Preprocessing

    @classmethod
    def read(cls, folder: Path) -> Prepared:
        """Read ``prepared.json`` and ``preprocessing.json`` of ``folder``."""
        return cls(folder, read_json(folder / "prepared.json"), Preprocessing.read(folder))

    @property
    def task(self) -> str:
        """Classification or regression."""
        return str(self.document["task"])

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of a raw row."""
        return tuple(self.document["input_shape"])

    @property
    def outputs(self) -> int:
        """How many numbers the model gives per row: the classes, or 1."""
        return int(self.document["classes"]) if self.task == "classification" else 1

    def rows(self, split: str) -> int:
        """Return the number of rows of a split, 0 when it is absent."""
        return rows_of(self.document, split)

    def arrays(self, split: str) -> tuple[Any, Any]:
        """Return raw inputs and targets of a split, mapped from their files, not read."""
        return read_split(self.folder, self.document, split)

    def paths(self) -> list[Path]:
        """Return the files that training depends on."""
        rows = self.document["splits"].values()
        files = [self.folder / row[key] for row in rows for key in ("inputs", "targets")]
        return [self.folder / "prepared.json", self.folder / "preprocessing.json", *files]


class Source(Protocol):
    """Rows of one split, standardised, on the device."""

    rows: int
    targets: Tensor
    """int64 [rows] or float32 [rows, 1], as the loss wants them."""

    def inputs(self, index: Tensor) -> Tensor:
        """Return the standardised rows at ``index`` (int64, on the device)."""


class MemorySource:
    """The whole split as one tensor, standardised once."""

    def __init__(self, inputs: Tensor, targets: Tensor) -> None:
        self.rows = len(inputs)
        self.targets = targets
        self._inputs = inputs

    def inputs(self, index: Tensor) -> Tensor:
        """Return the standardised rows at ``index``."""
        return self._inputs.index_select(0, index)


class FileSource:
    """The split stays on disk; each batch is read and standardised when it is asked for."""

    def __init__(self, raw: Any, targets: Tensor, preprocess: Preprocess) -> None:
        self.rows = len(raw)
        self.targets = targets
        self._raw = raw
        self._preprocess = preprocess

    def inputs(self, index: Tensor) -> Tensor:
        """Return the standardised rows at ``index``."""
        rows = torch.from_numpy(self._raw[index.cpu().numpy()])
        with torch.no_grad():
            return self._preprocess(rows.to(index.device))


def needed_bytes(prepared: Prepared) -> int:
    """Return the memory that the splits used in training take as float32."""
    rows = prepared.rows("train") + prepared.rows("validation")
    return rows * int(np.prod(prepared.input_shape)) * _FLOAT_BYTES


def fits(prepared: Prepared, device: torch.device) -> bool:
    """Say whether the data takes at most half of the device's free memory."""
    if device.type == "cuda":
        free: int | None = torch.cuda.mem_get_info(device)[0]
    else:
        free = available_memory_bytes()
    return free is None or needed_bytes(prepared) <= free * _SHARE_OF_MEMORY


def load(
    prepared: Prepared, split: str, device: torch.device, *, in_memory: bool = True
) -> Source | None:
    """Return the rows of a split, None when it has none.

    Raises:
        BringupError: TRN014, the training split has no rows.
    """
    if prepared.rows(split) == 0:
        if split == "train":
            raise BringupError("TRN014")
        return None
    raw, raw_targets = prepared.arrays(split)
    preprocess = Preprocess(prepared.fitted).to(device)
    postprocess = Postprocess(prepared.task, prepared.fitted).to(device)
    targets = postprocess.standardise(torch.from_numpy(np.array(raw_targets)).to(device))
    if not in_memory:
        return FileSource(raw, targets, preprocess)
    shape = standardised_shape(prepared.input_shape)
    inputs = torch.empty(len(raw), *shape, device=device)
    with torch.no_grad():
        for start, chunk in _chunks(raw):
            inputs[start : start + len(chunk)] = preprocess(chunk.to(device))
    return MemorySource(inputs, targets)


def _chunks(raw: Any) -> Iterator[tuple[int, Tensor]]:
    for start in range(0, len(raw), _CHUNK_ROWS):
        yield start, torch.from_numpy(np.array(raw[start : start + _CHUNK_ROWS]))
