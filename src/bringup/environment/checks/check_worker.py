"""A data-loading worker process hands tensors over, through shared memory where there is some."""

from typing import Any

import torch
from torch.utils.data import DataLoader


class Squares:
    """Rows that hold the square of their number."""

    def __len__(self) -> int:
        return 64

    def __getitem__(self, index: int) -> Any:
        # 16 KiB a row: large enough that a shared memory that is too small shows itself.
        return torch.full((4096,), float(index * index))


def check(spec: dict[str, Any], device: str) -> str:
    """Load 64 rows through one worker process."""
    loader = DataLoader(Squares(), batch_size=16, num_workers=1, timeout=60)
    rows = torch.cat([batch.clone() for batch in loader])[:, 0]
    if rows.tolist() != [float(index * index) for index in range(64)]:
        raise AssertionError("the worker's rows are not those of the data set")
    return f"1 worker, 64 rows, sharing by {torch.multiprocessing.get_sharing_strategy()}"
