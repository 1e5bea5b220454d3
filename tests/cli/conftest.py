"""Fixtures: small real package indexes."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "stack"))

from stack_fixtures import closed_port  # noqa: F401
