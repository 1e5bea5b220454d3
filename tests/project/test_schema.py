"""The JSON Schema for editors: what is shipped is what the model says."""

from __future__ import annotations

import importlib.util
import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from bringup.project.fields import sections
from bringup.project.schema import SCHEMA_FILE, make_schema

ROOT = Path(__file__).parents[2]
BROKEN = Path(__file__).with_name("broken")
EXAMPLES = sorted(ROOT.glob("examples/*/bringup.toml"))
# What a schema cannot see: files, versions, whether TOML is TOML, how keys fit one another.
UNSEEN = {"missing-files", "environment", "unclosed-string", "no-quotes", "repeated-key", "task"}


@pytest.fixture(scope="module")
def writer():
    spec = importlib.util.spec_from_file_location("ws", ROOT / "scripts/write_schema.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def test_the_shipped_schema_is_current():
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8")) == make_schema()


def test_the_reference_page_is_current(writer):
    assert writer.PAGE.read_text(encoding="utf-8") == writer.make_page(make_schema())
    assert writer.main(["--check"]) == 0


def test_the_writer_says_what_is_stale(writer, tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    monkeypatch.setattr(writer, "PAGE", page)
    assert writer.main(["--check"]) == 1
    assert capsys.readouterr().out.split() == [str(page)]
    assert not page.exists()
    assert writer.main([]) == 0
    assert writer.main(["--check"]) == 0


def test_every_key_has_a_description_and_a_place_on_the_page(writer):
    schema = make_schema()
    page = writer.make_page(schema)
    for name, section in sections().items():
        assert f"## [{name}]" in page
        for key in section.model_fields:
            assert schema["properties"][name]["properties"][key]["description"]
            assert f"| `{key}` |" in page


def test_the_code_blocks_of_the_page_are_projects(writer, validator):
    blocks = re.findall(r"```toml\n(.*?)```", writer.HEAD, re.DOTALL)
    assert len(blocks) == 2
    for block in blocks:
        validator.validate(tomllib.loads(block))


def test_the_schema_has_no_reference_and_no_null():
    text = json.dumps(make_schema())
    assert "$ref" not in text
    assert "null" not in text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_examples_validate(path, validator):
    validator.validate(tomllib.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", sorted({path.stem for path in BROKEN.glob("*.toml")} - UNSEEN))
def test_broken_ones_do_not(name, validator):
    document = tomllib.loads((BROKEN / f"{name}.toml").read_text(encoding="utf-8"))
    assert list(validator.iter_errors(document))
