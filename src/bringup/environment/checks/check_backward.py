"""Gradients on a device, against the formula: softmax cross entropy of a linear layer."""

from typing import Any

import torch
from torch.nn import functional


def check(spec: dict[str, Any], device: str) -> str:
    """Compare the gradient of the weights."""
    generator = torch.Generator().manual_seed(2)
    inputs = torch.randn(32, 20, generator=generator)
    targets = torch.randint(0, 5, (32,), generator=generator)
    weights = torch.randn(5, 20, generator=generator)
    # d loss / d W = (softmax(x W^T) - onehot)^T x / rows
    logits = inputs.double() @ weights.double().T
    error = functional.softmax(logits, dim=1) - functional.one_hot(targets, 5)
    reference = error.T @ inputs.double() / len(inputs)
    found = _gradient(inputs.to(device), targets.to(device), weights.to(device))
    difference = (found.cpu().double() - reference).abs().max().item()
    limit = 1e-5 if device == "cpu" else 5e-3
    if not difference <= limit:
        raise AssertionError(f"difference {difference:.2e}, allowed {limit:.0e}")
    return f"gradient of 5x20 weights: difference {difference:.1e}"


def _gradient(inputs: Any, targets: Any, weights: Any) -> Any:
    weights = weights.clone().requires_grad_()
    functional.cross_entropy(inputs @ weights.T, targets).backward()
    return weights.grad
