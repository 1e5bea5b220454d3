"""A compiled gradient with JAX."""

import jax
from jax import numpy as jnp

gradient = jax.jit(jax.grad(lambda weights: (weights**2).sum()))(jnp.array([3.0, -2.0]))
print("gradient", gradient.tolist())
assert gradient.tolist() == [6.0, -4.0]
