from __future__ import annotations

from typing import Any

import pytest
import torch
from torch.optim import lr_scheduler

from bringup.pipeline.backends.torch.optimizers import (
    build_optimizer,
    learning_rate,
    set_learning_rate,
    stepper,
)

SECTION: dict[str, Any] = {
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "momentum": 0.8,
    "weight_decay": 0.02,
}


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 100, 1688])
@pytest.mark.parametrize("schedule", ["constant", "cosine", "onecycle"])
def test_schedules_are_those_of_torch(schedule: str, steps: int) -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    theirs: Any = {
        "constant": lambda: lr_scheduler.ConstantLR(optimizer, factor=1.0),
        "cosine": lambda: lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps),
        "onecycle": lambda: lr_scheduler.OneCycleLR(
            optimizer, 0.1, total_steps=steps, cycle_momentum=False
        ),
    }[schedule]()
    for step in range(steps):
        expected = optimizer.param_groups[0]["lr"]
        assert learning_rate(schedule, 0.1, steps, step) == pytest.approx(expected, abs=1e-9)
        optimizer.step()
        if step < steps - 1:
            theirs.step()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sgd", lambda rows: torch.optim.SGD(rows, lr=0.1, momentum=0.8, weight_decay=0.02)),
        ("adam", lambda rows: torch.optim.Adam(rows, lr=0.1, weight_decay=0.02)),
        ("adamw", lambda rows: torch.optim.AdamW(rows, lr=0.1, weight_decay=0.02)),
    ],
)
def test_optimizers_are_those_of_torch(name: str, expected: Any) -> None:
    values = torch.tensor([1.0, -2.0, 3.0])
    ours_at, theirs_at = (torch.nn.Parameter(values.clone()) for _ in range(2))
    ours = build_optimizer({**SECTION, "optimizer": name}, [ours_at], torch.device("cpu"))
    theirs = expected([theirs_at])
    for _ in range(5):
        for parameter, optimizer in ((ours_at, ours), (theirs_at, theirs)):
            parameter.grad = None
            (parameter**2).sum().backward()
            optimizer.step()
    assert type(ours) is type(theirs)
    torch.testing.assert_close(ours_at, theirs_at)


@pytest.mark.parametrize("weight_decay", [0.0, 0.01])
@pytest.mark.parametrize("some_without_gradient", [False, True])
def test_the_quick_step_gives_the_bits_of_the_optimizer(
    weight_decay: float, some_without_gradient: bool
) -> None:
    section = {
        "optimizer": "sgd",
        "learning_rate": 0.1,
        "momentum": 0.9,
        "weight_decay": weight_decay,
    }

    def weights(quick: bool) -> list[torch.Tensor]:
        torch.manual_seed(3)
        rows = [torch.randn(17, 5, requires_grad=True), torch.randn(5, requires_grad=True)]
        optimizer = build_optimizer(section, rows, torch.device("cpu"))
        step = stepper(optimizer) if quick else optimizer.step
        assert quick == (step != optimizer.step)
        for number in range(6):
            set_learning_rate(optimizer, 0.1 / (number + 1))
            for row in rows:
                row.grad = torch.randn_like(row)
            if some_without_gradient and number == 3:
                rows[1].grad = None
            step()
        return [row.detach() for row in rows]

    for plain, found in zip(weights(quick=False), weights(quick=True), strict=True):
        assert torch.equal(plain, found)
