from __future__ import annotations

from typing import Any

import pytest

from bringup.pipeline.curves import Curves

FORMS: dict[str, tuple[str, dict[str, float], dict[str, float]]] = {
    "plain": ("epoch 3 loss 0.12 accuracy 0.97", {"loss": 0.12, "accuracy": 0.97}, {}),
    "brackets": ("Epoch [3/10], Step [600/600], Loss: 0.1200", {"loss": 0.12}, {}),
    "keras": (
        "Epoch 3/10 - 2s 4ms/step - loss: 1.2e-1 - acc: 0.97 - val_loss: 0.2 - val_acc: 0.95",
        {"loss": 0.12, "accuracy": 0.97},
        {"loss": 0.2, "accuracy": 0.95},
    ),
    "equals": ("epoch=3 train_loss=0.12 valid_loss=0.2", {"loss": 0.12}, {"loss": 0.2}),
    "two lines": (
        "Epoch 3:\ntrain loss: 0.12\ntest: loss 0.2, accuracy: 95.0%",
        {"loss": 0.12},
        {"loss": 0.2, "accuracy": 0.95},
    ),
    "tutorial": (
        "Epoch 3\n-------------------------------\nloss: 0.120000  [   64/60000]\n"
        "Test Error: \n Accuracy: 95.0%, Avg loss: 0.200000 \n",
        {"loss": 0.12},
        {"accuracy": 0.95, "loss": 0.2},
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_in_which_scripts_print(form: str) -> None:
    text, train, validation = FORMS[form]
    found = read(text)
    assert [row["epoch"] for row in found] == [3]
    assert found[0]["train"] == train
    assert found[0]["validation"] == validation


def test_an_epoch_ends_when_the_next_begins_and_keeps_its_last_values() -> None:
    found = read("epoch 1 loss 3\nepoch 1 loss 2\nepoch 2 loss 1\n")
    assert [(row["epoch"], row["train"]) for row in found] == [(1, {"loss": 2}), (2, {"loss": 1})]


@pytest.mark.parametrize(
    "text", ["", "hello", "loss 0.3", "epoch 3", "epoch 3 took 12 s", "epoch 1 loss nan"]
)
def test_lines_without_an_epochs_values_make_no_curve(text: str) -> None:
    assert read(text) == []


def read(text: str) -> list[dict[str, Any]]:
    curves = Curves()
    found = [curves.read(line) for line in text.split("\n")]
    return [row for row in [*found, curves.end()] if row is not None]
