"""Rebuilds the tables from the package index, or checks their reviewed rows against it.

A program of its own (``python -m bringup.knowledge.refresh``) for those who keep the tables. It
stands above the floor that its folder is on: nothing that reads the tables may import it.
"""
