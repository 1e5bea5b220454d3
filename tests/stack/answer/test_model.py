import datetime
import json

from asking import ask, gpu, machine

from bringup.stack.answer.model import REASONS, Answer, Row, build_row, release_row

TODAY = datetime.date(2027, 1, 1)

KEYS = {
    "schema_version", "ok", "build", "packages", "builds", "alternatives", "pulled_in", "reason",
    "reasons", "details", "explanation", "notes", "left_out", "nearest", "evidence",
    "tables_checked", "tables_age_days",
}  # fmt: skip


def document(*texts, target=None, **options):
    found = ask(target or gpu("8.9", "L4"), *texts, **options).to_json(TODAY)
    assert json.loads(json.dumps(found)) == found
    assert set(found) == KEYS
    return found


def test_an_answer_that_works():
    found = document("torch==2.8.0", "torchvision")
    assert found["schema_version"] == 1
    assert (found["ok"], found["build"]) == (True, "cu128")
    assert found["packages"] == {"torch": "2.8.0", "torchvision": "0.23.0"}
    assert found["builds"] == {"torch": "cu128"}
    assert found["alternatives"] == ["cu129", "cu126"]
    assert (found["reason"], found["reasons"], found["details"]) == (None, [], [])
    assert found["nearest"] is None
    assert "numpy" in found["pulled_in"]


def test_the_rows_that_it_stands_on_with_their_age():
    found = document("torch==2.8.0")
    tables = [row["table"] for row in found["evidence"]]
    assert tables == ["packages/torch", "builds/torch", "cuda/family"]
    for row in found["evidence"]:
        checked = datetime.date.fromisoformat(row["checked"])
        assert row["age_days"] == (TODAY - checked).days
        assert row["source"]
        assert row["confidence"] in {"official", "derived", "third-party"}
    assert found["tables_checked"] == min(row["checked"] for row in found["evidence"])
    assert found["tables_age_days"] == max(row["age_days"] for row in found["evidence"])


def test_an_answer_that_does_not():
    found = document("torch==2.11.0", target=gpu("7.0", "V100"), build="cu128")
    assert (found["ok"], found["build"], found["packages"]) == (False, None, {})
    assert (found["reason"], found["reasons"]) == ("arch_dropped", ["arch_dropped"])
    (detail,) = found["details"]
    assert detail["code"] == "arch_dropped"
    assert detail["params"]["sm"] == "sm_70"
    assert detail["text"] in found["explanation"]
    assert found["nearest"] == {"packages": {"torch": "2.11.0"}, "build": "cu126", "python": None}
    assert "torch 2.11.0+cu126" in found["explanation"]
    assert found["evidence"]


def test_reasons_are_told_once_by_code_and_all_by_text():
    found = document(
        "vllm==0.8.5", "torch==2.7.0", "torchvision==0.20.0", target=gpu("6.1", python="3.11")
    )
    assert found["reasons"][0] == found["reason"]
    assert len(found["reasons"]) == len(set(found["reasons"])) < len(found["details"])


def test_another_python_is_in_the_nearest():
    found = document("torch==2.4.0", target=machine(python="3.13"))
    assert found["nearest"]["python"] == "3.12"


def test_codes_stand_in_one_group_each():
    codes = [code for group in REASONS for code in group]
    assert len(codes) == len(set(codes)) == 17


def test_an_answer_without_rows_has_no_age():
    found = Answer(True).to_json(TODAY)
    assert (found["tables_checked"], found["tables_age_days"]) == (None, None)


def test_rows_of_evidence():
    (chosen,) = ask(gpu("8.9"), "torch==2.8.0").chosen
    assert release_row(chosen.release).table == "packages/torch"
    row = build_row(chosen.row)
    assert (row.table, row.name) == ("builds/torch", "torch 2.8.0 cu128")
    assert isinstance(row, Row)
    assert chosen.label == "torch 2.8.0+cu128"
