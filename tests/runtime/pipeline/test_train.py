from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional

from bringup.base.errors import BringupError
from bringup.base.events import EventWriter, read_events
from bringup.base.files import read_json
from bringup.pipeline import train
from bringup.pipeline.backends.torch import data, losses
from bringup.pipeline.backends.torch.determinism import epoch_order
from bringup.pipeline.backends.torch.losses import Totals
from bringup.pipeline.backends.torch.models import build_model, load_trained
from bringup.pipeline.backends.torch.preprocess import FullGraph
from bringup.pipeline.preprocessing import Preprocessing

DROPOUT_NET = """
from torch import nn

class Net(nn.Module):
    def __init__(self, outputs):
        super().__init__()
        self.body = nn.Sequential(
            nn.Flatten(), nn.Linear(64, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Dropout(0.3)
        )
        self.head = nn.Linear(16, outputs)

    def forward(self, x):
        return self.head(self.body(x))
"""


def by_hand(work: Any, request: Any, make_optimizer: Callable[..., Any]) -> dict[str, Any]:
    """The plain loop over tensors that a careful person writes."""
    section = request.section("train")
    folder = work.root / "prepare"
    fitted = Preprocessing.read(folder)
    raw = np.load(folder / "train_inputs.npy").astype(np.float32)
    inputs = torch.from_numpy((raw - np.float32(fitted.mean[0])) / np.float32(fitted.std[0]))
    inputs = inputs.unsqueeze(1)
    targets = torch.from_numpy(np.load(folder / "train_targets.npy"))
    torch.manual_seed(request.seed)
    model = build_model(
        section["model"],
        input_shape=(8, 8),
        outputs=10,
        hidden=section["hidden"],
        project_folder=work.root,
    )
    steps = section["epochs"] * math.ceil(len(inputs) / section["batch_size"])
    optimizer, scheduler = make_optimizer(model.parameters(), section["learning_rate"], steps)
    for epoch in range(1, section["epochs"] + 1):
        model.train()
        order = epoch_order(len(inputs), request.seed, epoch)
        for index in order.split(section["batch_size"]):
            loss = functional.cross_entropy(model(inputs[index]), targets[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if scheduler is not None:
                scheduler.step()
    return model.state_dict()


def sgd(parameters: Any, rate: float, _steps: int) -> Any:
    return torch.optim.SGD(parameters, lr=rate, momentum=0.9, fused=True), None


def adamw_onecycle(parameters: Any, rate: float, steps: int) -> Any:
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=0.01, fused=True)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, rate, total_steps=steps, cycle_momentum=False
    )
    return optimizer, scheduler


@pytest.mark.parametrize("model", ["mlp", "cnn", "model.py:Net"])
def test_ends_with_the_weights_of_a_loop_by_hand(digits_work: Any, model: str) -> None:
    (digits_work.root / "model.py").write_text(DROPOUT_NET)
    request = digits_work.request(model=model)
    digits_work.run(request)
    expected = by_hand(digits_work, request, sgd)
    found = load_file(request.folder / "model.safetensors")
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)


def test_schedules_move_the_rate_as_torch_does(digits_work: Any) -> None:
    request = digits_work.request(
        optimizer="adamw", weight_decay=0.01, schedule="onecycle", learning_rate=0.01
    )
    digits_work.run(request)
    expected = by_hand(digits_work, request, adamw_onecycle)
    found = load_file(request.folder / "model.safetensors")
    assert all(torch.allclose(found[name], expected[name], atol=1e-6) for name in expected)


def test_learns_and_leaves_what_the_contract_names(digits_work: Any) -> None:
    request = digits_work.request(model="cnn", epochs=5)
    result = train.run(request, _events(request))
    assert result.metrics["validation_accuracy"].value > 0.9
    history = read_json(request.folder / "history.json")
    assert [row["epoch"] for row in history] == [1, 2, 3, 4, 5]
    assert history == result.details["history"]
    assert history[-1]["train"]["loss"] < history[0]["train"]["loss"]
    told = [e for e in read_events(request.folder / "events.jsonl") if e["kind"] == "epoch"]
    assert [event["validation"] for event in told] == [row["validation"] for row in history]
    description = read_json(request.folder / "model.json")
    assert description["parameters"] == result.details["parameters"] > 0
    assert result.details["threads"] == 1
    assert result.details["resumed_from"] is None


def test_train_values_are_those_of_the_outputs_seen_in_training() -> None:
    totals = Totals("classification")
    outputs, targets = torch.randn(64, 5), torch.randint(0, 5, (64,))
    totals.add(outputs[:40], targets[:40])
    totals.add(outputs[40:], targets[40:])
    loss = float(functional.cross_entropy(outputs, targets))
    accuracy = float((outputs.argmax(1) == targets).float().mean())
    assert totals.values() == pytest.approx({"loss": loss, "accuracy": accuracy}, rel=1e-5)


def test_eager_answers_are_those_of_the_reloaded_full_graph(digits_work: Any) -> None:
    request = digits_work.request()
    digits_work.run(request)
    fitted = Preprocessing.read(digits_work.root / "prepare")
    model = load_trained(request.folder, digits_work.root)
    raw = np.load(digits_work.root / "prepare" / "test_inputs.npy")
    with torch.no_grad():
        probabilities, _ = FullGraph(model, "classification", fitted)(torch.from_numpy(raw))
    eager = np.load(request.folder / "parity_eager.npy")
    assert eager.dtype == np.float32
    np.testing.assert_array_equal(eager, probabilities.numpy())


def test_regression_is_learned_in_standard_deviations_and_told_in_units(table_work: Any) -> None:
    request = table_work.request(task="regression", hidden=[20], epochs=8, learning_rate=0.02)
    result = table_work.run(request)
    targets = np.load(table_work.root / "prepare" / "validation_targets.npy")
    assert result.metrics["validation_rmse"].value < 0.9 * targets.std()
    assert result.metrics["validation_rmse"].value > 0.3 * targets.std()
    predictions = np.load(request.folder / "parity_eager.npy")
    assert predictions.shape == (
        len(np.load(table_work.root / "prepare" / "test_targets.npy")),
        1,
    )
    assert abs(predictions.mean() - targets.mean()) < targets.std()


def test_data_read_from_disk_gives_the_same_weights(
    digits_work: Any, monkeypatch: pytest.MonkeyPatch, notes: Any
) -> None:
    in_memory, from_disk = digits_work.request("a"), digits_work.request("b")
    digits_work.run(in_memory)
    monkeypatch.setattr(data, "available_memory_bytes", lambda: 1000)
    digits_work.run(from_disk)
    assert notes(in_memory) == []
    assert notes(from_disk) == ["TRN024"]
    assert _weights(in_memory) == _weights(from_disk)


def test_without_a_validation_split_there_are_no_validation_values(digits_work: Any) -> None:
    splits = read_json(digits_work.root / "prepare" / "prepared.json")["splits"]
    work = digits_work.with_prepared(splits={"train": splits["train"]})
    request = work.request(epochs=1)
    result = work.run(request)
    assert result.details["history"][0]["validation"] == {}
    assert "validation_loss" not in result.metrics
    assert len(np.load(request.folder / "parity_eager.npy")) == splits["train"]["rows"]


def test_a_diverged_loss_names_its_step(digits_work: Any) -> None:
    request = digits_work.request(learning_rate=1e30, optimizer="sgd", epochs=2)
    with pytest.raises(BringupError) as caught:
        digits_work.run(request)
    assert caught.value.code == "TRN030"
    assert caught.value.params["epoch"] == 1
    assert 2 <= caught.value.params["step"] <= 6
    assert "learning_rate" in (caught.value.hint or "")


def test_the_seed_decides_the_weights(digits_work: Any) -> None:
    first, again = digits_work.request("a"), digits_work.request("b")
    other = digits_work.request("c", seed=8)
    for request in (first, again, other):
        digits_work.run(request)
    assert _weights(first) == _weights(again)
    assert _weights(first) != _weights(other)


@pytest.mark.parametrize(
    ("section", "code"),
    [
        ({"loss": "mse"}, "TRN012"),
        ({"device": "cuda:7"}, "TRN011"),
        ({"model": "transformer"}, "TRN001"),
    ],
)
def test_impossible_settings_are_said(digits_work: Any, section: Any, code: str) -> None:
    with pytest.raises(BringupError) as caught:
        digits_work.run(digits_work.request(**section))
    assert caught.value.code == code
    assert str(caught.value)


def test_an_empty_training_split_is_said(digits_work: Any) -> None:
    splits = read_json(digits_work.root / "prepare" / "prepared.json")["splits"]
    work = digits_work.with_prepared(splits={**splits, "train": {**splits["train"], "rows": 0}})
    with pytest.raises(BringupError, match="no rows"):
        work.run(work.request())


def test_orders_differ_by_seed_and_epoch_and_hold_every_row() -> None:
    order = epoch_order(1000, 1, 1)
    assert torch.equal(order.sort().values, torch.arange(1000))
    assert torch.equal(order, epoch_order(1000, 1, 1))
    # torch's generator looks at 32 bits of a seed: these would be the same to it.
    for seed, epoch in ((1, 2), (2, 1), (0, 1), (2**31, 1)):
        assert not torch.equal(order, epoch_order(1000, seed, epoch))


def test_losses_go_with_tasks() -> None:
    assert losses.loss_for("regression", "mse") is functional.mse_loss
    assert losses.loss_for("classification", None) is functional.cross_entropy


def _weights(request: Any) -> bytes:
    return (request.folder / "model.safetensors").read_bytes()


def _events(request: Any) -> Any:
    return EventWriter(request.folder / "events.jsonl", "train")
