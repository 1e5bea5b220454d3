from __future__ import annotations

import copy
import json

import jsonschema
import pytest

from bringup.report.document import (
    all_gates,
    build_document,
    evidence_schema,
    failed_stage,
    is_whole,
    last_stage,
)


@pytest.mark.parametrize("name", ["mnist", "regression", "own_script", "failed", "broken_gate"])
def test_every_document_follows_the_schema(name, request):
    document = request.getfixturevalue(name)
    schema = evidence_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(json.dumps(document)), schema)


def test_the_schema_refuses_what_is_no_evidence(mnist):
    mnist["stages"]["evaluate"]["metrics"]["accuracy"] = 0.99
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(mnist, evidence_schema())


def test_the_schema_refuses_a_stage_that_does_not_exist(mnist):
    mnist["stages"]["compress"] = mnist["stages"]["train"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(mnist, evidence_schema())


def test_http_joins_the_parity_of_export(mnist):
    points = mnist["stages"]["export"]["parity"]["points"]
    assert list(points) == ["eager", "reloaded", "exported", "http"]
    assert points["http"]["equal_labels"] == 1.0


def test_http_joins_even_an_export_without_parity():
    evidence = {"export": {"seconds": 1}, "serve": {"point": {"metric": 0.5}}}
    document = build_document(project={}, run_id="r", machine={}, evidence=evidence)
    assert document["stages"]["export"]["parity"]["points"] == {"http": {"metric": 0.5}}


def test_the_evidence_is_not_changed():
    evidence = {
        "export": {"seconds": 1.0, "parity": {"points": {"eager": {"metric": 1}}}},
        "serve": {"seconds": 1.0, "point": {"metric": 1}},
    }
    before = copy.deepcopy(evidence)
    build_document(project={}, run_id="r", machine={}, evidence=evidence)
    assert evidence == before


def test_stages_stand_in_the_order_in_which_they_run():
    evidence = {name: {"seconds": 1.5} for name in ("train", "probe", "serve", "lock")}
    document = build_document(project={}, run_id="r", machine={}, evidence=evidence)
    assert list(document["stages"]) == ["probe", "lock", "train", "serve"]
    assert document["seconds"] == 6.0


def test_a_failed_stage_or_a_broken_gate_fails_the_document(mnist, failed, broken_gate):
    assert (mnist["status"], failed_stage(mnist)) == ("done", None)
    assert (failed["status"], failed_stage(failed)) == ("failed", "prepare")
    assert (broken_gate["status"], failed_stage(broken_gate)) == ("failed", "evaluate")


def test_a_broken_gate_fails_even_a_stage_that_says_done():
    gates = {"accuracy": {"condition": "> 1", "value": 0.5, "holds": False}}
    evidence = {"evaluate": {"status": "done", "seconds": 1.0, "gates": gates}}
    document = build_document(project={}, run_id="r", machine={}, evidence=evidence)
    assert document["status"] == "failed"


def test_credentials_never_reach_the_document(mnist):
    text = json.dumps(mnist)
    assert "s3cret" not in text
    assert "reader:" not in text
    assert "https://****@mirror.example/simple" in text


def test_gates_of_all_stages_are_listed(mnist):
    found = [(stage, name) for stage, name, _ in all_gates(mnist)]
    assert found == [
        ("evaluate", "accuracy"),
        ("export", "max_difference"),
        ("export", "equal_labels"),
    ]


def test_a_project_is_whole_when_served_or_trained_by_its_script(mnist, own_script, failed):
    assert is_whole(mnist)
    assert is_whole(own_script)
    assert not is_whole(failed)
    assert last_stage(own_script) == "train"
    assert last_stage({"stages": {}}) is None
