"""Pythons and environments."""
