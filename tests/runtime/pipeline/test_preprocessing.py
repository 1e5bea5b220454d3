from __future__ import annotations

import json

import numpy as np
import pytest

from bringup.pipeline.preprocessing import Preprocessing


def test_images_are_fitted_to_one_mean_and_deviation():
    pixels = np.random.default_rng(0).integers(0, 256, (50, 28, 28), dtype=np.uint8)
    fitted = Preprocessing.fit(pixels)
    assert (fitted.input_kind, fitted.input_shape, fitted.input_dtype) == (
        "image",
        (28, 28),
        "uint8",
    )
    assert fitted.mean == pytest.approx((pixels.mean(),))
    assert fitted.std == pytest.approx((pixels.std(),))
    assert fitted.fill is None and fitted.target_mean is None


def test_columns_are_fitted_one_by_one_and_the_target_too():
    rows = np.array([[1, 10], [2, 30], [3, 50]], np.float32)
    targets = np.array([[2], [4], [9]], np.float32)
    fitted = Preprocessing.fit(rows, targets, fill=[2, 30])
    assert fitted.mean == pytest.approx((2, 30))
    assert fitted.std == pytest.approx(tuple(rows.std(axis=0)))
    assert fitted.target_mean == pytest.approx((5,))
    assert fitted.target_std == pytest.approx((targets.std(),))
    standardised = fitted.apply(np.array([[2, np.nan], [3, 50]], np.float32))
    assert standardised.dtype == np.float32
    assert standardised[0] == pytest.approx([0, 0])
    assert standardised[1] == pytest.approx([1.2247449, 1.2247449])


def test_a_constant_column_becomes_0_not_nan():
    fitted = Preprocessing.fit(np.full((4, 1), 3, np.float32))
    assert fitted.std == (1.0,)
    assert fitted.apply(np.full((1, 1), 3, np.float32)).tolist() == [[0.0]]


def test_without_standardising_values_pass_as_they_are():
    rows = np.array([[1.5, 10]], np.float32)
    fitted = Preprocessing.fit(rows, rows[:, :1], standardise=False)
    assert fitted.apply(rows).tolist() == rows.tolist()
    assert (fitted.target_mean, fitted.target_std) == ((0.0,), (1.0,))


def test_it_comes_back_from_its_file_bit_by_bit(tmp_path):
    rows = np.random.default_rng(1).normal(size=(9, 3)).astype(np.float32)
    fitted = Preprocessing.fit(rows, rows[:, :1], fill=[0.1, 0.2, 0.3])
    fitted.write(tmp_path)
    assert Preprocessing.read(tmp_path) == fitted
    document = json.loads((tmp_path / "preprocessing.json").read_text())
    assert document["schema_version"] == 1
    assert document["fill"] == [0.1, 0.2, 0.3]
