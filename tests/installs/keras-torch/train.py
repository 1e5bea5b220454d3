"""A small model that Keras fits on PyTorch."""

import os

os.environ["KERAS_BACKEND"] = "torch"

import keras
import numpy

inputs = numpy.random.default_rng(0).standard_normal((256, 3), dtype=numpy.float32)
targets = inputs @ numpy.array([[1.0], [-2.0], [0.5]], dtype=numpy.float32)
model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
model.fit(inputs, targets, epochs=20, verbose=0)
loss = model.evaluate(inputs, targets, verbose=0)
print("loss", loss, "on", keras.backend.backend())
assert loss < 1e-6
