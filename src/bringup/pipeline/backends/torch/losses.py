"""Losses by name, and what is shown of a batch of outputs: loss and accuracy or RMSE."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional

from bringup.base.errors import BringupError

DEFAULT: Final = {"classification": "cross_entropy", "regression": "mse"}
_FUNCTIONS: Final[dict[str, Callable[..., Tensor]]] = {
    "cross_entropy": functional.cross_entropy,
    "mse": functional.mse_loss,
}


def loss_for(task: str, name: str | None) -> Callable[..., Tensor]:
    """Return the loss function (outputs, targets, reduction=) of a task.

    Raises:
        BringupError: TRN012, the loss does not go with the task.
    """
    if name is not None and name != DEFAULT[task]:
        raise BringupError("TRN012", loss=name, task=task, expected=DEFAULT[task])
    return _FUNCTIONS[DEFAULT[task]]


@dataclass(slots=True)
class Totals:
    """Sums over the rows seen so far, enough for the values that are shown."""

    task: str
    target_std: float = 1.0
    """Turns the RMSE of a regression back into the target's own unit."""
    rows: int = 0
    loss_sum: float = 0.0
    correct: float = 0.0

    def add(self, outputs: Tensor, targets: Tensor) -> None:
        """Count the rows of ``outputs`` [n, C] and ``targets`` in."""
        self.rows += len(outputs)
        # In float64 (which not every device has), the order of the sum shows in no digit we keep.
        losses = row_losses(self.task, outputs, targets)
        self.loss_sum += float(losses.to("cpu", torch.float64).sum())
        if self.task == "classification":
            self.correct += float((outputs.argmax(dim=1) == targets).sum())

    def values(self) -> dict[str, float]:
        """Return what is shown: loss and accuracy, or loss and RMSE in the target's unit."""
        if self.rows == 0:
            return {}
        loss = self.loss_sum / self.rows
        if self.task == "classification":
            return {"loss": _rounded(loss), "accuracy": _rounded(self.correct / self.rows)}
        return {"loss": _rounded(loss), "rmse": _rounded(math.sqrt(loss) * self.target_std)}

    def state(self) -> list[float]:
        """Return the sums, for a checkpoint."""
        return [self.rows, self.loss_sum, self.correct]

    def restore(self, state: list[float]) -> None:
        """Put the sums back to where ``state`` found them."""
        self.rows, self.loss_sum, self.correct = int(state[0]), state[1], state[2]


def row_losses(task: str, outputs: Tensor, targets: Tensor) -> Tensor:
    """Return the loss of each row, float [n]."""
    with torch.no_grad():
        if task == "regression":
            return functional.mse_loss(outputs, targets, reduction="none").flatten(1).mean(dim=1)
        # The cross entropy in a sixth of the time that log_softmax takes over few classes.
        chosen = outputs.gather(1, targets.unsqueeze(1)).squeeze(1)
        return torch.logsumexp(outputs, dim=1) - chosen


def _rounded(value: float) -> float:
    # The sums are taken at moments that the clock chooses: their last digits differ by run.
    return float(f"{value:.6g}")
