"""A convolution on a device, against unfolded patches times weights in float64 on the CPU."""

from typing import Any

import torch
from torch.nn import functional


def check(spec: dict[str, Any], device: str) -> str:
    """Compare one convolution."""
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(4, 3, 16, 16, generator=generator)
    weights = torch.randn(8, 3, 3, 3, generator=generator)
    patches = functional.unfold(images.double(), kernel_size=3)
    reference = (weights.double().reshape(8, -1) @ patches).reshape(4, 8, 14, 14)
    found = functional.conv2d(images.to(device), weights.to(device)).cpu().double()
    difference = ((found - reference).abs().max() / reference.abs().max()).item()
    limit = 1e-5 if device == "cpu" else 5e-3
    if not difference <= limit:
        raise AssertionError(f"relative difference {difference:.2e}, allowed {limit:.0e}")
    return f"3x3 over 4x3x16x16: relative difference {difference:.1e}"
