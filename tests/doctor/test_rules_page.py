"""The page of all rules, which scripts/write_rules.py writes."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

from bringup.base.messages import choose_language
from bringup.doctor.codes import CODES, FAMILIES, FILE_CODES
from bringup.doctor.registry import rule
from bringup.doctor.show import rule_text, sentence, worded

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def writer():
    spec = importlib.util.spec_from_file_location("wr", ROOT / "scripts/write_rules.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(writer):
    """Run scripts/write_rules.py when a rule has changed."""
    assert writer.PAGE.read_text(encoding="utf-8") == writer.make_page()
    assert writer.main(["--check"]) == 0


def test_a_page_that_is_not_current_is_told_and_written(writer, tmp_path, monkeypatch, capsys):
    page = tmp_path / "page.md"
    monkeypatch.setattr(writer, "PAGE", page)
    assert writer.main(["--check"]) == 1
    assert not page.exists()
    assert writer.main([]) == 0
    assert str(page) in capsys.readouterr().out
    assert writer.main(["--check"]) == 0


def test_every_rule_and_family_has_its_place_and_every_link_leads_somewhere(writer):
    page = writer.make_page()
    assert set(writer.FAMILIES) == set(FAMILIES)
    anchors = re.findall(r'<a id="(\w+)"></a>', page)
    assert len(anchors) == len(set(anchors)) == len(CODES) + len(FILE_CODES) + len(FAMILIES)
    assert set(re.findall(r"\]\(#(\w+)\)", page)) == set(anchors)
    for part in (
        "What it finds",
        "Why it matters",
        "Evidence",
        "Fix",
        "False alarms",
        "References",
    ):
        assert page.count(f"\n**{part}.** ") + page.count(f"\n**{part}.**\n") == len(CODES) + len(
            FILE_CODES
        )
    assert not re.search(r"\{\w+\}", re.sub(r"`[^`]*`", "", page))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_rule_can_be_explained(language):
    choose_language(language)
    try:
        for code in (*CODES, *FILE_CODES):
            text = rule_text(code)
            assert text.startswith(f"{code} ")
            assert rule(code).text.references[0] in text
            assert "\n\n\n" not in text
    finally:
        choose_language("en")


def test_there_is_no_text_of_a_rule_that_does_not_exist():
    assert rule_text("DRV999") is None


def test_values_of_a_template_stand_as_words():
    assert worded("set {name} to {value.bytes:,}, {{not}} {rows[0]}") == (
        "Set NAME to VALUE, {not} ROWS"
    )
    assert sentence("reboot. Now") == "Reboot. Now"
    assert sentence("`pip` does it") == "`pip` does it"
    assert sentence("tensorflow-gpu is gone") == "tensorflow-gpu is gone"
    assert sentence("") == ""
