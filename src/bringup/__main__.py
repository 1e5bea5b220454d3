"""``python -m bringup``."""

from bringup.cli.quick import run

run()
