"""Optimizers by name, and learning rates as functions of the step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

import torch
from torch import Tensor, nn, optim

_FUSED_SINCE: Final = (2, 4)
# OneCycleLR's own defaults: https://docs.pytorch.org/docs/stable/generated/torch.optim.lr_scheduler.OneCycleLR.html
_RISING_SHARE: Final = 0.3
_START_DIVISOR: Final = 25.0
_END_DIVISOR: Final = 1e4


def build_optimizer(
    section: Mapping[str, Any], parameters: Iterable[nn.Parameter], device: torch.device
) -> optim.Optimizer:
    """Build the optimizer that ``[train]`` names."""
    common = {
        "lr": section["learning_rate"],
        "weight_decay": section["weight_decay"],
        # One kernel for all parameters: 3 % of a small model's step.
        "fused": True if _fuses(device) else None,
    }
    if section["optimizer"] == "adam":
        return optim.Adam(parameters, **common)
    if section["optimizer"] == "adamw":
        return optim.AdamW(parameters, **common)
    return optim.SGD(parameters, momentum=section["momentum"], **common)


def stepper(optimizer: optim.Optimizer) -> Callable[[], None]:
    """Return what does ``optimizer.step()``, with the same bits and less around the kernel."""
    quick = (
        isinstance(optimizer, optim.SGD)
        and hasattr(torch, "_fused_sgd_")
        and len(optimizer.param_groups) == 1
        and optimizer.param_groups[0]["fused"]
        and optimizer.param_groups[0]["momentum"] > 0
        and all(row.device.type == "cpu" for row in optimizer.param_groups[0]["params"])
    )
    return _QuickSgd(optimizer) if quick else optimizer.step


class _QuickSgd:
    """The kernel of ``torch.optim.SGD(fused=True)`` called directly.

    What the optimizer does around it (hooks, a profiler's mark, sorting by device) takes 7 % of a
    small model's step. The optimizer itself takes every step that is not the plain case: the
    first, one without a gradient for some parameter, and all of them where the kernel's signature
    is another one.
    """

    def __init__(self, optimizer: optim.Optimizer) -> None:
        self._optimizer = optimizer
        self._group = optimizer.param_groups[0]
        self._parameters: list[Tensor] = self._group["params"]
        self._buffers: list[Tensor] = []
        self._fits = True

    def __call__(self) -> None:
        gradients = [row.grad for row in self._parameters]
        if not self._fits or not self._ready() or any(row is None for row in gradients):
            self._optimizer.step()
            return
        group = self._group
        try:
            with torch.no_grad():
                torch._fused_sgd_(
                    self._parameters,
                    gradients,
                    self._buffers,
                    weight_decay=group["weight_decay"],
                    momentum=group["momentum"],
                    lr=group["lr"],
                    dampening=group["dampening"],
                    nesterov=group["nesterov"],
                    maximize=group["maximize"],
                    is_first_step=False,
                    grad_scale=None,
                    found_inf=None,
                )
        except TypeError:
            self._fits = False
            self._optimizer.step()

    def _ready(self) -> bool:
        """Say whether every parameter has its momentum, which the first step makes."""
        if not self._buffers:
            state = self._optimizer.state
            found = [state[row].get("momentum_buffer") for row in self._parameters if row in state]
            if len(found) == len(self._parameters) and all(row is not None for row in found):
                self._buffers = found
        return bool(self._buffers)


def constant(_step: int, _steps: int) -> float:
    """Return 1 at every step."""
    return 1.0


def cosine(step: int, steps: int) -> float:
    """Return half a cosine from 1 at step 0 down to 0 at ``steps`` (CosineAnnealingLR)."""
    return (1 + math.cos(math.pi * step / steps)) / 2


def onecycle(step: int, steps: int) -> float:
    """Return the share of the highest rate: up for 30 % of the steps, then down (OneCycleLR).

    From 1/25 to 1 and down to 1/250,000, each way along half a cosine. The momentum stays as it
    is, unlike in torch's scheduler with ``cycle_momentum``.
    """
    start = 1 / _START_DIVISOR
    top = _RISING_SHARE * steps - 1
    if step <= top:
        return _along_cosine(start, 1.0, step / top)
    rest = steps - 1 - top
    return _along_cosine(1.0, start / _END_DIVISOR, min((step - top) / rest, 1.0))


SCHEDULES: Final[dict[str, Callable[[int, int], float]]] = {
    "constant": constant,
    "cosine": cosine,
    "onecycle": onecycle,
}
"""Name in ``[train].schedule`` -> (step from 0, number of steps) -> share of the learning rate."""


def learning_rate(schedule: str, highest: float, steps: int, step: int) -> float:
    """Return the learning rate of a step (from 0) out of ``steps``."""
    return highest * SCHEDULES[schedule](step, steps)


def set_learning_rate(optimizer: optim.Optimizer, rate: float) -> None:
    """Give all parameters the learning rate ``rate``."""
    for group in optimizer.param_groups:
        group["lr"] = rate


def _along_cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2 * (1 + math.cos(math.pi * share))


def _fuses(device: torch.device) -> bool:
    if device.type not in {"cpu", "cuda"}:
        return False
    major, minor = torch.__version__.split(".")[:2]
    return (int(major), int(minor)) >= _FUSED_SINCE
