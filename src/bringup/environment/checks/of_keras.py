"""Keras on the backend that this process was started with (KERAS_BACKEND)."""

import tempfile
from pathlib import Path
from typing import Any

import keras
import numpy
import references


def import_(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the version and the backend with what is locked and asked for."""
    locked, backend = spec["packages"]["keras"], keras.backend.backend()
    if keras.__version__ != locked:
        raise AssertionError(f"keras says {keras.__version__}, locked is {locked}")
    if backend != device:
        raise AssertionError(f"keras runs on {backend}, asked for was {device}")
    return {"detail": f"keras {keras.__version__} on {backend}"}


def convolution(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare a Conv2D layer."""
    work = references.convolution()
    layer = keras.layers.Conv2D(8, 3, use_bias=False, data_format="channels_last")
    layer.build((None, 16, 16, 3))
    layer.set_weights([numpy.transpose(work.right, (2, 3, 1, 0))])
    found = _array(layer(numpy.transpose(work.left, (0, 2, 3, 1))))
    return _compared(spec, numpy.transpose(found, (0, 3, 1, 2)), work.reference, "Conv2D, 3x3")


def gradient(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Train one step of SGD and compare what it took from the weights with the formula."""
    work = references.gradient()
    model = _model(work.weights)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(optimizer=keras.optimizers.SGD(1.0), loss=loss)
    model.train_on_batch(work.inputs, work.targets)
    (trained,) = model.get_weights()
    taken = work.weights.astype(numpy.float64) - trained
    return _compared(spec, taken, work.reference, "one step of SGD on 20x5 weights")


def saved(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Save a model, read it back, and compare what both say."""
    work = references.gradient()
    model = _model(work.weights)
    with tempfile.TemporaryDirectory(prefix="bringup-keras-") as folder:
        path = Path(folder) / "model.keras"
        model.save(path)
        found = keras.models.load_model(path)
    reference = work.inputs.astype(numpy.float64) @ work.weights.astype(numpy.float64)
    said = _array(found(work.inputs))
    return _compared(spec, said, reference, "saved as .keras and read back")


def _model(weights: Any) -> Any:
    model = keras.Sequential([keras.Input((20,)), keras.layers.Dense(5, use_bias=False)])
    model.set_weights([weights])
    return model


def _array(value: Any) -> Any:
    return keras.ops.convert_to_numpy(value)


def _compared(spec: dict[str, Any], found: Any, reference: Any, detail: str) -> dict[str, Any]:
    # Keras takes a GPU by itself where its backend sees one.
    return references.compared(found, reference, detail, "cuda" if spec["gpus"] else "cpu")
