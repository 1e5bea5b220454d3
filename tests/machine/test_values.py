from __future__ import annotations

import pytest

from bringup.base.errors import BringupError
from bringup.machine.keys import KEYS
from bringup.machine.values import check, parse


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("os.name", " Ubuntu ", "Ubuntu"),
        ("os.name", "", None),
        ("cpu.cores_usable", "4", 4),
        ("cpu.quota", "1.5", 1.5),
        ("cpu.avx2", "yes", True),
        ("cpu.avx2", "OFF", False),
        ("memory.total_bytes", "16GiB", 16 << 30),
        ("memory.total_bytes", "16 GB", 16 * 10**9),
        ("memory.total_bytes", "1.5G", 3 << 29),
        ("memory.total_bytes", "1024", 1024),
        ("index.pip.find_links", "/a,/b", ["/a", "/b"]),
        ("index.pip.find_links", '["/a b"]', ["/a b"]),
        ("gpu.devices", "none", []),
        ("gpu.devices", '[{"vendor": "amd", "name": "x"}]', [{"vendor": "amd", "name": "x"}]),
        ("index.settings", '{"no_index": true}', {"no_index": True}),
    ],
)
def test_parse(key, text, value):
    assert parse(KEYS[key], text) == value


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("cpu.cores_usable", "four"),
        ("cpu.cores_usable", "-1"),
        ("cpu.quota", "much"),
        ("cpu.avx2", "maybe"),
        ("memory.total_bytes", "16 apples"),
        ("memory.total_bytes", "lots"),
        ("gpu.devices", "L4"),
        ("gpu.devices", '[{"vendor": "nvidia"}]'),
        ("gpu.devices", '[{"vendor": "nvidia", "name": "L4", "memory": 3}]'),
        ("gpu.devices", '[{"vendor": "nvidia", "name": "L4", "memory_bytes": "3"}]'),
        ("python.interpreters", '[{"path": "/x"}]'),
        ("index.settings", '{"extra_indexes": "one"}'),
        ("index.settings", "[]"),
        ("index.pip.find_links", "[1]"),
    ],
)
def test_wrong_type_is_an_error_with_an_example(key, text):
    with pytest.raises(BringupError) as caught:
        parse(KEYS[key], text)
    assert caught.value.code == "MCH002"
    assert key in str(caught.value)
    assert "example" in (caught.value.hint or "")


def test_examples_of_hints_are_values():
    from bringup.machine.values import _EXAMPLES

    for key in KEYS.values():
        parse(key, _EXAMPLES[key.kind])


def test_check_takes_none_and_refuses_a_flag_for_a_count():
    assert check(KEYS["cpu.cores_usable"], None) is None
    with pytest.raises(BringupError):
        check(KEYS["cpu.cores_usable"], True)
