"""Fixtures: a local package index, a folder of tables, and the program that refreshes them."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "stack"))

sys.path.insert(0, str(Path(__file__).parent))

from refresh_fixtures import Refresh
from stack_fixtures import closed_port, make_machine, second_server, server  # noqa: F401

from bringup.knowledge.refresh.asking import Asking
from bringup.stack.index import IndexClient


@pytest.fixture
def asking(server, tmp_path):  # noqa: F811
    """Give what asks the local index; ``asking.asked`` is what went out to it."""
    asked = []
    with IndexClient(make_machine(), attempts=1) as client:
        found = Asking(client, server.index(), cache=tmp_path / "cache", on_question=asked.append)
        found.asked = asked
        yield found


@pytest.fixture
def refresh(server, tmp_path, monkeypatch, capsys):  # noqa: F811
    """Give the program, with the local index as the machine's own."""
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("BRINGUP_CACHE_DIR", str(tmp_path / "cache"))
    return Refresh(server.index(), tmp_path / "tables", monkeypatch, capsys)
