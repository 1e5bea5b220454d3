"""The training loop: what a careful hand-written loop over tensors does, and nothing more."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn, optim

from bringup.base.errors import BringupError
from bringup.pipeline.backends.torch.data import Source
from bringup.pipeline.backends.torch.losses import Totals, row_losses
from bringup.pipeline.backends.torch.optimizers import set_learning_rate, stepper

_KEPT_NUMBERS: Final = 1 << 22
_VALIDATION_ROWS: Final = 1024

Pause = Callable[[int], float]
"""Called between steps when its time has come, with the steps done in the epoch.

Returns the moment (``time.monotonic``) of the next call.
"""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a step needs."""

    model: nn.Module
    loss: Callable[..., Tensor]
    optimizer: optim.Optimizer
    source: Source
    batch_size: int
    learning_rate: Callable[[int], float] | None
    """Step of the whole training, from 0 -> learning rate; None when it does not move."""


class Meter:
    """Keeps the outputs of the steps of an epoch and counts them when somebody looks.

    A copy of a batch's few outputs costs a tenth of computing its accuracy, and waits for nothing
    on a GPU; the counting is then one operation over thousands of rows.
    """

    def __init__(
        self,
        totals: Totals,
        targets: Tensor,
        order: Tensor,
        *,
        batch_size: int,
        outputs: int,
        epoch: int,
    ) -> None:
        self.totals = totals
        self._targets = targets
        self._order = order
        self._batch_size = batch_size
        self._epoch = epoch
        steps = min(-(-len(order) // batch_size), _KEPT_NUMBERS // (batch_size * outputs))
        self._buffer = torch.empty(max(1, steps) * batch_size, outputs, device=targets.device)
        self._slots = self._buffer.split(batch_size)
        self._used = 0
        self._rows = 0

    def keep(self, outputs: Tensor) -> None:
        """Keep the outputs of the next step, [batch, C]."""
        slot = self._slots[self._used]
        rows = len(outputs)
        if rows != self._batch_size:
            slot = slot[:rows]
        slot.copy_(outputs.detach())
        self._rows += rows
        self._used += 1
        if self._used == len(self._slots):
            self.count()

    def count(self) -> Totals:
        """Count what was kept into the totals.

        Raises:
            BringupError: TRN030, the loss of a step is no finite number.
        """
        if self._used:
            first = self.totals.rows
            outputs = self._buffer[: self._rows]
            targets = self._targets.index_select(0, self._order[first : first + self._rows])
            self.totals.add(outputs, targets)
            if not math.isfinite(self.totals.loss_sum):
                losses = row_losses(self.totals.task, outputs, targets)
                row = first + int((~torch.isfinite(losses)).nonzero()[0])
                raise BringupError("TRN030", epoch=self._epoch, step=row // self._batch_size + 1)
            self._used = self._rows = 0
        return self.totals


def run_steps(
    parts: Parts, batches: Sequence[Tensor], meter: Meter, pause: Pause, *, first: int, before: int
) -> None:
    """Do the steps of one epoch from ``first`` on.

    Args:
        parts: the model and what trains it.
        batches: row numbers of each step, int64 [batch].
        meter: keeps the outputs.
        pause: called between steps, about five times a second.
        first: the step to begin with, after a resume.
        before: how many steps earlier epochs took, for the learning rate.
    """
    model, loss_of, optimizer = parts.model, parts.loss, parts.optimizer
    take_step = stepper(optimizer)
    inputs, targets, rate = parts.source.inputs, parts.source.targets, parts.learning_rate
    parameters = [row for group in optimizer.param_groups for row in group["params"]]
    now = time.monotonic
    due = now()
    for step in range(first, len(batches)):
        if rate is not None:
            set_learning_rate(optimizer, rate(before + step))
        index = batches[step]
        outputs = model(inputs(index))
        loss = loss_of(outputs, targets.index_select(0, index))
        # The same as optimizer.zero_grad(), which takes 3 % of a small model's step.
        for parameter in parameters:
            parameter.grad = None
        loss.backward()
        take_step()
        meter.keep(outputs)
        if now() >= due:
            due = pause(step + 1)
    meter.count()


def validate(model: nn.Module, source: Source, totals: Totals, epoch: int) -> dict[str, float]:
    """Return the values of a split with the model as it stands; the model stays in train mode.

    Raises:
        BringupError: TRN031, the loss is no finite number.
    """
    model.eval()
    with torch.no_grad():
        for index in torch.arange(source.rows, device=source.targets.device).split(
            _VALIDATION_ROWS
        ):
            totals.add(model(source.inputs(index)), source.targets.index_select(0, index))
    model.train()
    if not math.isfinite(totals.loss_sum):
        raise BringupError("TRN031", epoch=epoch)
    return totals.values()
