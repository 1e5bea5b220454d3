"""Work with known results: inputs in float32, what comes out in float64, by numpy alone."""

from typing import Any, NamedTuple

import numpy

TOLERANCE_CPU = 1e-5
TOLERANCE_GPU = 5e-3
"""TF32, which some GPUs use for float32 products, keeps 10 bits of the mantissa."""


class Work(NamedTuple):
    """Two inputs and what they give."""

    left: Any
    right: Any
    reference: Any


class Gradient(NamedTuple):
    """A batch, its classes, weights, and the gradient of the mean cross entropy."""

    inputs: Any
    targets: Any
    weights: Any
    reference: Any


def tolerance_of(device: str) -> float:
    """Return how far a result on a device may be from the reference, relative to the largest."""
    return TOLERANCE_CPU if device == "cpu" else TOLERANCE_GPU


def compared(found: Any, reference: Any, detail: str, device: str = "cpu") -> dict[str, Any]:
    """Return the largest difference, relative to the largest value of the reference."""
    found = numpy.asarray(found, dtype=numpy.float64)
    if found.shape != reference.shape:
        raise AssertionError(f"{detail}: shape {found.shape}, expected {reference.shape}")
    difference = numpy.abs(found - reference).max() / numpy.abs(reference).max()
    return {
        "detail": detail,
        "difference": float(difference),
        "tolerance": tolerance_of(device),
    }


def product() -> Work:
    """Return a matrix product: 256x512 by 512x256."""
    numbers = numpy.random.default_rng(0)
    left = numbers.standard_normal((256, 512), dtype=numpy.float32)
    right = numbers.standard_normal((512, 256), dtype=numpy.float32)
    return Work(left, right, left.astype(numpy.float64) @ right.astype(numpy.float64))


def convolution() -> Work:
    """Return a 3x3 convolution without padding: images NCHW, weights OIHW, the result NCHW."""
    numbers = numpy.random.default_rng(1)
    images = numbers.standard_normal((4, 3, 16, 16), dtype=numpy.float32)
    weights = numbers.standard_normal((8, 3, 3, 3), dtype=numpy.float32)
    windows = numpy.lib.stride_tricks.sliding_window_view(
        images.astype(numpy.float64), (3, 3), axis=(2, 3)
    )
    reference = numpy.einsum("nchwij,ocij->nohw", windows, weights.astype(numpy.float64))
    return Work(images, weights, reference)


def gradient() -> Gradient:
    """Return a linear layer's gradient: (softmax(x W) - onehot)^T x / rows; W is 20x5."""
    numbers = numpy.random.default_rng(2)
    inputs = numbers.standard_normal((32, 20), dtype=numpy.float32)
    weights = numbers.standard_normal((20, 5), dtype=numpy.float32)
    targets = numbers.integers(0, 5, 32)
    logits = inputs.astype(numpy.float64) @ weights.astype(numpy.float64)
    powers = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    error = powers / powers.sum(axis=1, keepdims=True) - numpy.eye(5)[targets]
    reference = inputs.astype(numpy.float64).T @ error / len(inputs)
    return Gradient(inputs, targets, weights, reference)
