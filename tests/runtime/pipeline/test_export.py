import hashlib
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import onnx
import onnxruntime
import pytest

from bringup import __version__
from bringup.base.errors import BringupError
from bringup.base.events import read_events
from bringup.base.gates import judge

GATES = {"max_difference": "<= 1e-4", "equal_labels": ">= 0.999"}


@pytest.fixture(scope="module")
def result(exported_digits):
    return json.loads((exported_digits.root / "export" / "result.json").read_text())


@pytest.fixture(scope="module")
def bundle(exported_digits):
    return exported_digits.root / "export" / "bundle"


def test_parity_of_a_right_export_holds(result):
    parity = result["details"]["parity"]

    values = {name: metric["value"] for name, metric in result["metrics"].items()}
    assert all(gate["holds"] for gate in judge(GATES, values).values())
    assert parity["rows"] == 200
    assert parity["points"].keys() == {"eager", "reloaded", "exported"}
    assert parity["points"]["reloaded"]["max_difference"] <= 1e-6
    metrics = {point["metric"] for point in parity["points"].values()}
    assert len(metrics) == 1 and metrics.pop() > 0.8


@pytest.mark.parametrize("rows", [1, 2, 7, 64])
def test_raw_pixels_go_in_and_probabilities_and_labels_come_out(bundle, rows):
    session = onnxruntime.InferenceSession(bundle / "model.onnx")
    pixels = np.random.default_rng(0).integers(0, 256, (rows, 8, 8), dtype=np.uint8)

    probabilities, label = session.run(["probabilities", "label"], {"pixels": pixels})

    assert probabilities.dtype == np.float32 and label.dtype == np.int64
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(rows), abs=1e-5)
    assert (probabilities.argmax(axis=1) == label).all()


def test_the_file_says_who_made_it_and_holds_no_path(bundle):
    data = (bundle / "model.onnx").read_bytes()
    model = onnx.load_from_string(data)

    assert (model.producer_name, model.producer_version) == ("bringup", __version__)
    assert {row.key: row.value for row in model.metadata_props} == {
        "bringup_version": __version__,
        "project_name": "tiny",
        "project_version": "3",
    }
    assert b".py" not in data
    assert not any(
        row.HasField("data_location") and row.data_location for row in model.graph.initializer
    )


def test_the_manifest_describes_the_files_and_tensors(bundle):
    manifest = json.loads((bundle / "manifest.json").read_text())

    assert manifest["inputs"] == [{"name": "pixels", "datatype": "UINT8", "shape": [-1, 8, 8]}]
    assert [row["name"] for row in manifest["outputs"]] == ["probabilities", "label"]
    assert manifest["max_batch_rows"] == 64
    assert manifest["class_names"][3] == "3"
    assert manifest["files"].keys() == {"model.onnx", "preprocessing.json"}
    for name, digest in manifest["files"].items():
        assert digest == "sha256:" + hashlib.sha256((bundle / name).read_bytes()).hexdigest()


def test_the_exporter_s_talk_goes_into_a_file(exported_digits, capfd):
    folder = exported_digits.root / "export"

    notes = [row for row in read_events(folder / "events.jsonl") if row["kind"] == "note"]

    assert capfd.readouterr().err == ""
    assert all(note["code"] == "EXP010" for note in notes)
    assert (folder / "exporter.log").exists()


def test_a_regression_answers_in_the_target_s_units_and_fills_missing_values(exported_table):
    folder = exported_table.root / "export"
    manifest = json.loads((folder / "bundle" / "manifest.json").read_text())
    parity = json.loads((folder / "result.json").read_text())["details"]["parity"]
    session = onnxruntime.InferenceSession(folder / "bundle" / "model.onnx")
    medians = json.loads((folder / "bundle" / "preprocessing.json").read_text())["fill"]

    (missing,) = session.run(None, {"features": np.full((1, 10), np.nan, np.float32)})
    (filled,) = session.run(None, {"features": np.array([medians], np.float32)})

    assert missing == pytest.approx(filled) and 50 < filled[0, 0] < 300
    assert manifest["outputs"] == [{"name": "prediction", "datatype": "FP32", "shape": [-1, 1]}]
    assert manifest["inputs"][0]["missing"] is True
    assert parity["metric"] == "rmse" and "equal_labels" not in parity["points"]["exported"]
    assert parity["points"]["exported"]["max_difference"] < 1e-4


def test_preprocessing_that_changed_since_training_does_not_pass(tmp_path, make_digits):
    digits = make_digits(tmp_path, model="mlp")
    path = tmp_path / "prepare" / "preprocessing.json"
    fitted = json.loads(path.read_text())
    # Training divided by the deviation of 0..255, serving by that of 0..1: a classic.
    fitted["std"] = [fitted["std"][0] / 255]
    path.write_text(json.dumps(fitted))

    result = digits.run("export")

    values = {name: metric.value for name, metric in result.metrics.items()}
    assert not judge(GATES, values)["max_difference"]["holds"]
    assert values["max_difference"] > 0.01


def test_weights_that_changed_since_training_do_not_pass(tmp_path, make_digits):
    digits = make_digits(tmp_path / "one", model="mlp")
    make_digits(tmp_path / "other", model="mlp", steps=61)
    weights = (tmp_path / "other" / "train" / "model.safetensors").read_bytes()
    (tmp_path / "one" / "train" / "model.safetensors").write_bytes(weights)

    result = digits.run("export")

    assert result.metrics["max_difference"].value > 1e-4


def test_the_same_model_gives_the_same_file_and_leaves_nothing_beside_it(tmp_path, make_digits):
    digits = make_digits(tmp_path, model="mlp")
    folder = tmp_path / "export"
    digits.run("export")
    first = (folder / "bundle" / "model.onnx").read_bytes()
    (folder / "bundle" / "stale").write_text("of an earlier try")
    (folder / ".building" / "bundle").mkdir(parents=True)

    digits.run("export")

    assert (folder / "bundle" / "model.onnx").read_bytes() == first
    assert not (folder / "bundle" / "stale").exists()
    assert not (folder / ".building").exists()


def test_without_a_test_split_the_rows_that_training_answered_are_taken(tmp_path, make_digits):
    digits = make_digits(tmp_path, model="mlp")
    path = tmp_path / "prepare" / "prepared.json"
    prepared = json.loads(path.read_text())
    prepared["splits"]["validation"] = prepared["splits"].pop("test")
    path.write_text(json.dumps(prepared))

    result = digits.run("export")

    assert result.metrics["equal_labels"].value == 1.0


def test_an_older_opset_can_be_asked_for(tmp_path, make_digits):
    digits = make_digits(tmp_path, model="mlp")

    result = digits.run("export", export={"opset": 18})

    assert result.details["onnx"]["opset"] == 18
    assert onnx.load(tmp_path / "export" / "bundle" / "model.onnx").opset_import[0].version == 18


USER_MODEL = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, input_shape, outputs):
        super().__init__()
        self.head = nn.Linear(64, outputs)

    def forward(self, x):
        {line}
        return self.head(x)
"""


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("x = torch.linalg.eigvals(x[:, 0]).real.repeat(1, 8)", "EXP001", "aten.linalg_eig"),
        ("x = x.flatten(1) if x.sum() > 0 else -x.flatten(1)", "EXP001", "model.py:"),
        ("x = torch.stack([row.flatten() for row in x])", "EXP002", "any number of rows"),
    ],
)  # fmt: skip
def test_a_model_that_onnx_cannot_say_is_a_fault_that_names_the_step(
    tmp_path, make_digits, line, code, words
):
    (tmp_path / "model.py").write_text(USER_MODEL.format(line=line))
    digits = make_digits(tmp_path, model="model.py:Net", steps=1)

    with pytest.raises(BringupError) as found:
        digits.run("export")

    assert found.value.code == code
    assert words in str(found.value)
    assert not (tmp_path / "export" / "bundle").exists()


def test_killed_at_any_instant_the_same_request_completes(tmp_path, make_digits):
    digits = make_digits(tmp_path, model="mlp")
    request = digits.request_file("export")
    command = [sys.executable, "-m", "bringup.pipeline", "export", "--request", str(request)]
    folder = tmp_path / "export"
    for steps in (1, 3):
        (folder / "events.jsonl").unlink(missing_ok=True)
        process = subprocess.Popen(command)
        while len(read_events(folder / "events.jsonl")) < steps and process.poll() is None:
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not (folder / "result.json").exists()

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads((folder / "result.json").read_text())["metrics"]["equal_labels"]["value"] == 1
    assert sorted(path.name for path in folder.iterdir()) == [
        "bundle", "events.jsonl", "exporter.log", "parity", "request.json", "result.json",
    ]  # fmt: skip
