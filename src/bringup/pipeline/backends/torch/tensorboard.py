"""TensorBoard event files: the curves of a run, without an epoch twice after a resume."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

FOLDER: Final = "tensorboard"


class Board:
    """Writes one point per epoch and value. Without the tensorboard package it writes nothing."""

    def __init__(self, folder: Path, history: Iterable[Mapping[str, Any]]) -> None:
        """Start afresh with the epochs that are done already."""
        # An earlier try may have written epochs that this one does again.
        shutil.rmtree(folder, ignore_errors=True)
        self._writer: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            return
        self._writer = SummaryWriter(str(folder))
        for row in history:
            self.add(row)

    @property
    def available(self) -> bool:
        """Whether event files are written."""
        return self._writer is not None

    def add(self, row: Mapping[str, Any]) -> None:
        """Add an epoch as it stands in the history."""
        if self._writer is None:
            return
        for split in ("train", "validation"):
            for name, value in row[split].items():
                self._writer.add_scalar(f"{name}/{split}", value, row["epoch"])
        self._writer.add_scalar("samples_per_s", row["samples_per_s"], row["epoch"])
        self._writer.flush()

    def close(self) -> None:
        """Finish the files."""
        if self._writer is not None:
            self._writer.close()
