"""Fixtures: small real package indexes."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "stack"))

from bad_index import socks  # noqa: F401
from stack_fixtures import closed_port, second_server, server  # noqa: F401
