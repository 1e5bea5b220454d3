"""``python -m bringup``."""

from bringup.cli.main import run

run()
