from __future__ import annotations

import numpy as np
import torch

from bringup.pipeline.backends.torch.preprocess import (
    Postprocess,
    Preprocess,
    standardised_shape,
)
from bringup.pipeline.preprocessing import Preprocessing


def test_images_are_standardised_as_the_value_says_and_get_a_channel() -> None:
    raw = np.random.default_rng(0).integers(0, 256, (5, 6, 7), np.uint8)
    fitted = Preprocessing.fit(raw)
    found = Preprocess(fitted)(torch.from_numpy(raw))
    assert found.shape == (5, 1, 6, 7)
    assert found.dtype == torch.float32
    np.testing.assert_array_equal(found[:, 0].numpy(), fitted.apply(raw))


def test_colours_come_first() -> None:
    fitted = Preprocessing("image", (6, 7, 3), "uint8", mean=(10.0,), std=(2.0,))
    raw = torch.arange(2 * 6 * 7 * 3, dtype=torch.uint8).reshape(2, 6, 7, 3)
    found = Preprocess(fitted)(raw)
    assert found.shape == (2, *standardised_shape((6, 7, 3))) == (2, 3, 6, 7)
    assert found[1, 2, 3, 4] == (float(raw[1, 3, 4, 2]) - 10) / 2


def test_missing_values_become_the_median() -> None:
    fitted = Preprocessing("table", (2,), "float32", (1.0, 2.0), (2.0, 4.0), fill=(3.0, 6.0))
    found = Preprocess(fitted)(torch.tensor([[float("nan"), 10.0], [5.0, float("nan")]]))
    assert found.tolist() == [[1.0, 2.0], [2.0, 1.0]]


def test_predictions_come_back_in_the_targets_unit() -> None:
    fitted = Preprocessing(
        "table", (2,), "float32", (0.0, 0.0), (1.0, 1.0), target_mean=(150.0,), target_std=(77.0,)
    )
    postprocess = Postprocess("regression", fitted)
    targets = torch.tensor([[25.0], [300.0]])
    torch.testing.assert_close(postprocess(postprocess.standardise(targets)), targets)


def test_logits_become_probabilities_and_a_label() -> None:
    fitted = Preprocessing("image", (2, 2), "uint8", (0.0,), (1.0,))
    probabilities, label = Postprocess("classification", fitted)(torch.tensor([[0.0, 2.0, 1.0]]))
    torch.testing.assert_close(probabilities.sum(dim=1), torch.ones(1))
    assert label.tolist() == [1]
    assert label.dtype == torch.int64
