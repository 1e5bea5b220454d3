from __future__ import annotations

import pytest

from bringup.machine import Fact, Machine, redacted, redacted_machine


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:pass@host/simple", "https://****@host/simple"),
        ("https://token@host/simple", "https://****@host/simple"),
        ("https://user:p@ss@host/simple", "https://****@host/simple"),
        ("https://host/simple", "https://host/simple"),
        ("https://host/a@b", "https://host/a@b"),
        ("https://conda.example/t/tk-123/main", "https://conda.example/t/****/main"),
        ("https://host/x?api_key=abc&v=1", "https://host/x?api_key=****&v=1"),
        ("git+ssh://git@host/repo", "git+ssh://****@host/repo"),
        ("a https://u:p@h/ and https://v:q@h/", "a https://****@h/ and https://****@h/"),
        ("/opt/wheels", "/opt/wheels"),
        ("user@host", "user@host"),
    ],
)
def test_redacted(url, shown):
    assert redacted(url) == shown


def test_machine_is_redacted_everywhere():
    secret = "https://u:geheim@host/simple"
    machine = Machine(
        {
            "index.settings": Fact({"index": secret, "extra_indexes": [secret]}, "test"),
            "index.pip.index_url": Fact(secret, "test", tried=(f"x: {secret}",)),
            "index.uv.index": Fact(None, "none", unknown=f"bad: {secret}"),
            "cpu.cores_usable": Fact(2, "test"),
        }
    )
    shown = redacted_machine(machine)
    assert "geheim" not in str(shown.to_json())
    assert shown.cores_usable == 2
    assert machine.index_settings.index == secret
