"""Questions and places for the tests of the answer; texts in English."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from bringup.base.messages import choose_language


@pytest.fixture(autouse=True)
def english():
    choose_language("en")
    yield
    choose_language("en")
