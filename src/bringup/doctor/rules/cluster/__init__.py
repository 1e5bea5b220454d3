"""Machines that work together."""
