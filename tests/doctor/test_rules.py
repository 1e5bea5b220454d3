from __future__ import annotations

import pytest
from doctor_cases import RULES, case_of, read

from bringup.doctor.codes import CODES, FAMILIES, family_of
from bringup.doctor.examine import Status, examine
from bringup.doctor.registry import rule
from bringup.machine.keys import KEYS


def folder_of(code):
    return RULES / FAMILIES[family_of(code)] / CODES[code]


def examples(kind):
    """All examples of a kind: good.json, and good-*.json for further ones."""
    rows = [
        (code, path) for code in CODES for path in sorted(folder_of(code).glob(f"{kind}*.json"))
    ]
    return [pytest.param(code, path, id=f"{code}-{path.stem}") for code, path in rows]


@pytest.mark.parametrize("code", CODES)
def test_a_rule_has_a_text_and_both_examples(code):
    text = rule(code).text
    assert {*text.needs, *text.helps} <= set(KEYS)
    assert set(rule(code).follows) <= set(CODES) - {code}
    assert (folder_of(code) / "good.json").is_file()
    assert (folder_of(code) / "bad.json").is_file()


@pytest.mark.parametrize(("code", "path"), examples("good"))
def test_a_rule_is_quiet_where_all_is_well(code, path):
    (result,) = examine(case_of(read(path)), [rule(code)]).results
    assert not result.crashed, result.reason
    assert result.found is None
    assert result.status.value == read(path).get("expect", {}).get("status", "ok"), result.reason


@pytest.mark.parametrize(("code", "path"), examples("bad"))
def test_a_rule_finds_its_fault(code, path):
    (result,) = examine(case_of(read(path)), [rule(code)]).results
    assert result.found is not None, result.reason
    expected = read(path)["expect"]
    assert result.status is Status(expected["severity"])
    for name, value in expected.get("values", {}).items():
        assert str(result.found.values[name]) == str(value)
    # Nothing of a template is left over, and every value is one that a person can read.
    assert "{" not in result.message + result.fix
    assert "None" not in result.message + result.fix
    assert set(result.found.shown) <= set(KEYS)
