"""JAX: the build, and real work on a device against float64 on the CPU."""

from typing import Any

import jax
import references
from jax import numpy as jnp


def import_(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Say what was imported; that it was is the check."""
    return {"detail": f"jax {jax.__version__}"}


def build(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the version and the devices seen with what is locked and here."""
    locked, gpus = spec["packages"]["jax"], spec["gpus"]
    if jax.__version__.partition("+")[0] != locked.partition("+")[0]:
        raise AssertionError(f"jax says {jax.__version__}, locked is {locked}")
    seen = [row for row in jax.devices() if row.platform in {"gpu", "cuda", "rocm"}]
    if gpus and not seen:
        told = f"a CPU-only build on a machine with {', '.join(gpus)}"
        raise AssertionError(f"{told}: `jax[cuda12]` or `jax[cuda13]` brings the CUDA plugin")
    if len(seen) < len(gpus):
        raise AssertionError(f"jax sees {len(seen)} GPUs, the machine has {len(gpus)}")
    return {"detail": f"jax {jax.__version__}, {len(seen)} GPUs"}


def matmul(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare one matrix product."""
    work = references.product()
    with _on(device):
        found = jnp.matmul(work.left, work.right)
    return references.compared(found, work.reference, "256x512 by 512x256", device)


def convolution(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare one convolution."""
    work = references.convolution()
    with _on(device):
        found = jax.lax.conv_general_dilated(
            jnp.asarray(work.left), jnp.asarray(work.right), (1, 1), "VALID"
        )
    return references.compared(found, work.reference, "3x3 over 4x3x16x16", device)


def gradient(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the gradient of a linear layer's weights with the formula, operator by operator."""
    work = references.gradient()
    with _on(device), jax.disable_jit():
        found = jax.grad(_loss)(jnp.asarray(work.weights), work.inputs, work.targets)
    return references.compared(found, work.reference, "gradient of 20x5 weights", device)


def jit(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the same gradient from code that XLA compiled."""
    work = references.gradient()
    with _on(device):
        lowered = jax.jit(jax.grad(_loss)).lower(work.weights, work.inputs, work.targets)
        found = lowered.compile()(work.weights, work.inputs, work.targets)
    detail = "gradient of 20x5 weights, compiled by XLA"
    return references.compared(found, work.reference, detail, device)


def _loss(weights: Any, inputs: Any, targets: Any) -> Any:
    logs = jax.nn.log_softmax(jnp.matmul(inputs, weights))
    return -jnp.take_along_axis(logs, jnp.asarray(targets)[:, None], axis=1).mean()


def _on(device: str) -> Any:
    kind, _, number = device.partition(":")
    found = jax.devices("gpu" if kind == "cuda" else "cpu")
    return jax.default_device(found[int(number or 0)])
