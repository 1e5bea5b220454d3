"""All frameworks in one process, on the same numbers."""

import jax
import keras
import numpy
import onnxruntime
import tensorflow as tf
import torch

rows = numpy.array([[3.0, -2.0], [0.5, 4.0]], dtype=numpy.float32)
products = {
    "torch": (torch.from_numpy(rows) @ torch.from_numpy(rows)).numpy(),
    "tensorflow": tf.linalg.matmul(rows, rows).numpy(),
    "jax": numpy.asarray(jax.numpy.matmul(rows, rows)),
    "keras": keras.ops.convert_to_numpy(keras.ops.matmul(rows, rows)),
}
for name, product in products.items():
    print(name, product.tolist())
    assert numpy.array_equal(product, rows @ rows), name
print("onnxruntime", onnxruntime.__version__, onnxruntime.get_available_providers())
