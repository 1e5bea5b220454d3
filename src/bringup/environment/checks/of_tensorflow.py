"""TensorFlow: the build, and real work on a device against float64 on the CPU."""

from importlib import metadata
from typing import Any

import numpy
import references
import tensorflow


def import_(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Say what was imported; that it was is the check."""
    return {"detail": f"tensorflow {tensorflow.__version__}"}


def build(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the version and the devices seen with what is locked and here."""
    name = spec["distributions"]["tensorflow"]
    locked, found = spec["packages"][name], tensorflow.__version__
    if locked.partition("+")[0] != found.partition("+")[0]:
        raise AssertionError(f"tensorflow says {found}, locked is {name} {locked}")
    gpus, seen = spec["gpus"], tensorflow.config.list_physical_devices("GPU")
    if gpus and not tensorflow.test.is_built_with_cuda():
        raise AssertionError(f"a CPU-only build on a machine with {', '.join(gpus)}")
    if len(seen) < len(gpus):
        told = f"TensorFlow sees {len(seen)} GPUs, the machine has {len(gpus)}"
        if not _has_libraries():
            told += "; the CUDA libraries are not installed: `tensorflow[and-cuda]` brings them"
        raise AssertionError(told)
    return {"detail": f"{name} {found}, {len(seen)} GPUs"}


def matmul(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare one matrix product."""
    work = references.product()
    with _on(device):
        found = tensorflow.linalg.matmul(work.left, work.right)
    return references.compared(found, work.reference, "256x512 by 512x256", device)


def convolution(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare one convolution. On the CPU TensorFlow takes the channels last."""
    work = references.convolution()
    with _on(device):
        found = tensorflow.nn.conv2d(
            numpy.transpose(work.left, (0, 2, 3, 1)),
            numpy.transpose(work.right, (2, 3, 1, 0)),
            strides=1,
            padding="VALID",
        )
    found = numpy.transpose(found.numpy(), (0, 3, 1, 2))
    return references.compared(found, work.reference, "3x3 over 4x3x16x16", device)


def gradient(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the gradient of a linear layer's weights with the formula."""
    return _gradient(device, "gradient of 20x5 weights", lambda step: step)


def xla(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the same gradient from code that XLA compiled."""
    compiled = "gradient of 20x5 weights, compiled by XLA"
    return _gradient(device, compiled, tensorflow.function(jit_compile=True))


def data(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Bring rows through tf.data with a parallel map, batches and prefetching, in their order."""
    numbers = tensorflow.data.Dataset.range(1000)
    squares = numbers.map(lambda number: number * number, num_parallel_calls=2)
    batches = list(squares.batch(64).prefetch(2).as_numpy_iterator())
    if numpy.concatenate(batches).tolist() != [number * number for number in range(1000)]:
        raise AssertionError("the rows are not those of the data set")
    return {"detail": f"1,000 rows, 2 at once, {len(batches)} batches"}


def _gradient(device: str, detail: str, made: Any) -> dict[str, Any]:
    work = references.gradient()
    with _on(device):
        weights = tensorflow.Variable(work.weights)

    def step(inputs: Any, targets: Any) -> Any:
        with tensorflow.GradientTape() as tape:
            losses = tensorflow.nn.sparse_softmax_cross_entropy_with_logits(
                targets, tensorflow.linalg.matmul(inputs, weights)
            )
            loss = tensorflow.reduce_mean(losses)
        return tape.gradient(loss, weights)

    with _on(device):
        found = made(step)(
            tensorflow.constant(work.inputs), tensorflow.constant(work.targets, "int32")
        )
    return references.compared(found, work.reference, detail, device)


def _on(device: str) -> Any:
    kind, _, number = device.partition(":")
    return tensorflow.device(f"/{'GPU' if kind == 'cuda' else 'CPU'}:{number or 0}")


def _has_libraries() -> bool:
    names = {row.name.lower() for row in metadata.distributions() if row.name}
    return any(name.startswith(("nvidia-cudnn", "nvidia_cudnn")) for name in names)
