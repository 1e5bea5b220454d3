from __future__ import annotations

import json

import pytest
from doctor_cases import case_of

from bringup.base.errors import BringupError
from bringup.base.messages import choose_language
from bringup.doctor.case import Case
from bringup.doctor.document import document_of
from bringup.doctor.examine import Status, examine
from bringup.doctor.markdown import markdown_of
from bringup.doctor.registry import Rule, chosen, rule, selected
from bringup.doctor.rule import NO_GPU, error, warning
from bringup.doctor.sarif import sarif_of
from bringup.machine.model import Fact, Machine

FACTS = {"driver.module_version": "535.1", "driver.library_version": "535.2"}


def made(code, check, follows=(), needs=("os.name",)):
    text = rule("DRV003").text
    return Rule(code, code.lower(), type(text)(**{**fields(text), "needs": needs}), check, follows)


def fields(text):
    return {name: getattr(text, name) for name in ("en", "zh", "needs", "helps", "references")}


VALUES = {"module": "1", "library": "2"}


def bad(_case):
    return error("os.name", **VALUES)


def crash(_case):
    raise ZeroDivisionError("nothing")


CASE = case_of({"facts": {"os.name": "Debian", "network.hostname": "secret-host"}})


def test_a_rule_that_crashes_stops_no_other():
    rules = [made("SYS001", crash), made("SYS002", bad)]
    first, second = examine(CASE, rules).results
    assert first.crashed
    assert first.status is Status.SKIPPED
    assert "ZeroDivisionError" in first.reason
    assert second.status is Status.ERROR


def test_a_finding_whose_text_wants_more_is_the_rule_s_own_fault():
    (result,) = examine(CASE, [made("SYS001", lambda case: error("os.name"))]).results
    assert result.crashed
    assert result.found is None


def test_unknown_facts_skip_a_rule_and_say_why():
    machine = Machine({"os.name": Fact(None, "none", unknown="no such file")})
    (unknown,) = examine(Case(machine), [made("SYS001", bad)]).results
    (absent,) = examine(Case(Machine({})), [made("SYS001", bad)]).results
    assert "no such file" in unknown.reason
    assert absent.status is Status.SKIPPED
    assert "os.name" in absent.reason


def test_what_does_not_apply_is_skipped_with_its_reason():
    (result,) = examine(CASE, [made("SYS001", lambda case: NO_GPU)]).results
    assert (result.status, result.reason) == (Status.SKIPPED, "no GPU here")


def test_what_follows_is_folded_under_its_root():
    rules = [
        made("SYS001", bad, ("SYS002",)),
        made("SYS002", bad, ("SYS003",)),
        made("SYS003", bad),
        made("SYS004", lambda case: warning("os.name", **VALUES)),
    ]
    found = examine(CASE, rules)
    assert [row.rule.code for row in found.roots] == ["SYS003", "SYS004"]
    assert [row.rule.code for row in found.following("SYS003")] == ["SYS001", "SYS002"]


def test_a_circle_of_causes_ends():
    rules = [made("SYS001", bad, ("SYS002",)), made("SYS002", bad, ("SYS001",))]
    found = examine(CASE, rules)
    assert len(found.findings) == 2


def test_an_ignored_finding_is_told_with_its_reason_and_does_not_count():
    found = examine(CASE, [made("SYS001", bad)], {"SYS": "all", "SYS001": "we know"})
    assert found.roots == ()
    assert document_of(found)["ignored"][0]["reason"] == "we know"


def test_selectors_are_codes_or_their_beginnings():
    assert selected(["DRV001", "GPU001"], ["drv"]) == ["DRV001"]
    assert selected(["DRV001", "DRV002"], (), ["DRV002"]) == ["DRV001"]
    with pytest.raises(BringupError) as caught:
        chosen(["DRX"])
    assert caught.value.code == "DOC001"
    assert "DRV" in caught.value.hint


def test_the_document_tells_evidence_fix_and_steps():
    found = examine(case_of({"facts": FACTS}), [rule("DRV003")])
    (row,) = document_of(found)["findings"]
    assert row["code"] == "DRV003"
    assert {item["fact"] for item in row["evidence"]} == set(FACTS)
    assert "535.1" in row["message"]
    json.dumps(document_of(found))


def test_redaction_leaves_out_host_and_home():
    facts = {
        "os.name": "on secret-host in /home/ann/x",
        "network.hostname": "secret-host",
        "variables.set": [{"name": "HOME", "value": "/home/ann"}],
    }
    found = examine(case_of({"facts": facts}), [made("SYS001", bad)])
    text = json.dumps(document_of(found, redact=True))
    assert "secret-host" not in text
    assert "ann" not in text
    assert "secret-host" in json.dumps(document_of(found))


def test_sarif_names_rules_results_and_suppressions():
    found = examine(CASE, [rule("DRV003")])
    assert sarif_of(document_of(found))["runs"][0]["results"] == []
    found = examine(case_of({"facts": FACTS}), [rule("DRV003")], {"DRV": "known"})
    log = sarif_of(document_of(found))
    (run,) = log["runs"]
    (result,) = run["results"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "DRV003"
    assert result["suppressions"] == [{"kind": "external", "justification": "known"}]


def test_markdown_has_finding_and_facts():
    case = case_of({"facts": {**FACTS, "os.name": "a | b"}})
    text = markdown_of(document_of(examine(case, [rule("DRV003")])))
    assert "### error DRV003" in text
    assert "a \\| b" in text


def test_findings_speak_the_chosen_language():
    choose_language("zh")
    try:
        (row,) = document_of(examine(case_of({"facts": FACTS}), [rule("DRV003")]))["findings"]
        assert "内核模块" in row["title"]
    finally:
        choose_language("en")
