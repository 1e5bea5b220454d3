"""The driver of the GPUs."""
