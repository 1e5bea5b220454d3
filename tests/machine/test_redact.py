from __future__ import annotations

import pytest

from bringup.machine import Fact, Machine, redacted, redacted_machine, redacted_value


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
        ("/srv/wheels", "/srv/wheels"),
        ("user@host", "user@host"),
        ("user:p@ss@proxy.example:3128", "****@proxy.example:3128"),
        ("C:\\Users\\me@work\\wheels", "C:\\Users\\me@work\\wheels"),
        ("at 12:30 me@example.org", "at 12:30 me@example.org"),
    ],
)
def test_redacted(url, shown):
    assert redacted(url) == shown


def test_values_are_redacted_at_any_depth():
    value = {
        "a": ["x https://u:p@h/simple y", ("git+ssh://git@h/r",)],
        "b": "me@example.org",
        "c": 1,
    }
    assert redacted_value(value) == {
        "a": ["x https://****@h/simple y", ["git+ssh://****@h/r"]],
        "b": "me@example.org",
        "c": 1,
    }


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
