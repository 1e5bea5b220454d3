"""A gradient with TensorFlow."""

import tensorflow as tf

weights = tf.Variable([3.0, -2.0])
with tf.GradientTape() as tape:
    loss = tf.reduce_sum(weights**2)
gradient = tape.gradient(loss, weights).numpy().tolist()
print("gradient", gradient)
assert gradient == [6.0, -4.0]
