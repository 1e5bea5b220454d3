"""CUDA toolkits and libraries outside the environment."""
