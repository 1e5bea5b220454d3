"""Notebooks and their kernels."""
