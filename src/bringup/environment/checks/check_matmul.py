"""A matrix product on a device, against the same in float64 on the CPU."""

from typing import Any

import torch


def check(spec: dict[str, Any], device: str) -> str:
    """Compare one product."""
    generator = torch.Generator().manual_seed(0)
    left = torch.randn(256, 512, generator=generator)
    right = torch.randn(512, 256, generator=generator)
    reference = left.double() @ right.double()
    found = (left.to(device) @ right.to(device)).cpu().double()
    difference = ((found - reference).abs().max() / reference.abs().max()).item()
    # TF32, which some GPUs use for float32 products, keeps 10 bits of the mantissa.
    limit = 1e-5 if device == "cpu" else 5e-3
    if not difference <= limit:
        raise AssertionError(f"relative difference {difference:.2e}, allowed {limit:.0e}")
    return f"256x512 by 512x256: relative difference {difference:.1e}"
