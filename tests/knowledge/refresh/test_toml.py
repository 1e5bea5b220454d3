import datetime
import tomllib

import pytest

from bringup.knowledge.refresh.toml import head_of, read_document, render, write_document

DOCUMENT = {
    "package": "demo",
    "release": [
        {
            "version": "1.0",
            "released": datetime.date(2026, 7, 8),
            "sdist": True,
            "size": 3,
            "share": 0.5,
            "wheels": [],
            "requires": [
                "numpy>=2",
                'triton; platform_system == "Linux"',
                'it\'s "both"',
                "中文\n",
            ],
            "extras": {"with-cuda": ["a" * 50, "b" * 50], "dot.ted": []},
        },
        {"version": "0.9"},
    ],
}


def test_what_is_written_is_read():
    text = render(DOCUMENT, "# Head.\n")
    assert text.startswith("# Head.\n\npackage")
    assert tomllib.loads(text) == DOCUMENT
    assert all(len(line) <= 100 for line in text.splitlines())


def test_quotes_are_easy_to_read():
    assert "'triton; platform_system == \"Linux\"'" in render(DOCUMENT)


def test_the_head_stays(tmp_path):
    path = tmp_path / "demo.toml"
    assert head_of(path) == ""
    assert read_document(path) == {}
    write_document(path, DOCUMENT, "# One.\n# Two.\n")
    assert head_of(path) == "# One.\n# Two.\n"
    write_document(path, read_document(path), head_of(path))
    assert path.read_text(encoding="utf-8") == render(DOCUMENT, "# One.\n# Two.\n")


def test_no_value_is_guessed():
    with pytest.raises(TypeError):
        render({"a": None})
