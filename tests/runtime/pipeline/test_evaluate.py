import json

import numpy as np
import pytest
import torch

from bringup.base.errors import BringupError
from bringup.base.events import read_events


@pytest.fixture(scope="module")
def digits(tmp_path_factory, make_digits):
    return make_digits(tmp_path_factory.mktemp("digits"))


def test_a_trained_classifier_is_judged_on_its_test_split(digits):
    result = digits.run("evaluate")

    targets = np.load(digits.root / "prepare" / "test_targets.npy")
    predictions = np.load(digits.root / "evaluate" / result.outputs["predictions"])
    accuracy = (predictions.argmax(axis=1) == targets).mean()
    assert result.metrics["accuracy"].value == pytest.approx(accuracy)
    assert accuracy > 0.8
    assert result.metrics.keys() == {
        "accuracy", "precision_macro", "recall_macro", "f1_macro", "roc_auc",
    }  # fmt: skip
    assert sum(map(sum, result.details["confusion"])) == len(targets)
    wrong = result.details["mistakes"][0]
    assert wrong["actual"] == targets[wrong["index"]] != wrong["predicted"]
    assert np.array(wrong["pixels"]).shape == (8, 8)
    document = json.loads((digits.root / "evaluate" / "result.json").read_text())
    assert (
        document["metrics"]["accuracy"]["low"] < accuracy < document["metrics"]["accuracy"]["high"]
    )


def test_the_same_request_gives_the_same_answer(digits):
    one, other = digits.run("evaluate"), digits.run("evaluate")

    assert one.metrics == other.metrics


def test_progress_ends_with_all_rows(digits):
    digits.run("evaluate")

    last = read_events(digits.root / "evaluate" / "events.jsonl")[-1]
    assert (last["kind"], last["done"], last["total"]) == ("progress", 899, 899)


def test_a_regression_is_judged_in_the_target_s_units(tmp_path, make_table):
    table = make_table(tmp_path)

    result = table.run("evaluate")

    targets = np.load(tmp_path / "prepare" / "test_targets.npy")
    predictions = np.load(tmp_path / "evaluate" / "predictions.npy")
    expected = np.sqrt(np.mean((targets - predictions) ** 2))
    assert result.metrics["rmse"].value == pytest.approx(expected, rel=1e-5)
    assert 30 < expected < targets.std() * 1.1
    assert len(result.details["scatter"]["actual"]) == len(targets)


def test_a_class_without_test_rows_is_noted_not_fatal(tmp_path, make_digits):
    digits = make_digits(tmp_path, model="mlp", steps=5)
    prepare = tmp_path / "prepare"
    targets = np.load(prepare / "test_targets.npy")
    for name in ("inputs", "targets"):
        rows = np.load(prepare / f"test_{name}.npy")
        np.save(prepare / f"test_{name}.npy", rows[targets != 7])

    result = digits.run("evaluate")

    document = json.loads((tmp_path / "evaluate" / "result.json").read_text())
    assert document["details"]["per_class"]["7"]["recall"]["value"] is None
    assert result.details["without_value"] == ["7"]
    notes = [r for r in read_events(tmp_path / "evaluate" / "events.jsonl") if r["kind"] == "note"]
    assert [(note["code"], note["params"]) for note in notes] == [("EVL010", {"names": "7"})]


def test_a_model_that_diverged_is_a_fault_with_a_hint(tmp_path, make_digits):
    digits = make_digits(tmp_path, model="mlp", steps=1)
    weights = tmp_path / "train" / "model.safetensors"
    from safetensors.torch import load_file, save_file

    broken = {name: torch.full_like(value, torch.nan) for name, value in load_file(weights).items()}
    save_file(broken, weights)

    with pytest.raises(BringupError) as found:
        digits.run("evaluate")

    assert found.value.code == "EVL001"
    assert "learning_rate" in found.value.hint


def test_an_empty_test_split_is_a_fault(tmp_path, make_digits):
    digits = make_digits(tmp_path, model="mlp", steps=1)
    path = tmp_path / "prepare" / "prepared.json"
    prepared = json.loads(path.read_text())
    del prepared["splits"]["test"]
    path.write_text(json.dumps(prepared))

    with pytest.raises(BringupError, match="no rows"):
        digits.run("evaluate")
