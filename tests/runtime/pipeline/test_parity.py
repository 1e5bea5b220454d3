import json
import math

import numpy as np
import pytest

from bringup.base.errors import BringupError
from bringup.pipeline import parity
from bringup.pipeline.parity import Sample

EXPECTED = np.array([[0.9, 0.1], [0.4, 0.6], [0.2, 0.8]], dtype=np.float32)


@pytest.fixture
def sample():
    inputs = np.zeros((5, 2, 2), np.uint8)
    return Sample.take("classification", inputs, np.array([0, 1, 0, 1, 1]), EXPECTED)


def test_equal_answers_have_no_difference(sample):
    point = sample.point(EXPECTED.copy())

    assert point == {"max_difference": 0.0, "equal_labels": 1.0, "metric": pytest.approx(2 / 3)}


def test_the_largest_difference_and_the_share_of_equal_labels_are_found(sample):
    other = EXPECTED.copy()
    other[1] = [0.55, 0.45]

    point = sample.point(other)

    assert point["max_difference"] == pytest.approx(0.15)
    assert point["equal_labels"] == pytest.approx(2 / 3)
    assert point["metric"] == pytest.approx(1 / 3)


def test_labels_that_the_form_gives_itself_are_the_ones_compared(sample):
    point = sample.point(EXPECTED.copy(), np.array([1, 1, 1]))

    assert point["equal_labels"] == pytest.approx(2 / 3)


def test_a_number_that_is_not_finite_is_the_worst_difference(sample):
    other = EXPECTED.copy()
    other[0, 0] = np.nan

    point = sample.point(other)

    assert point["max_difference"] is None
    assert math.isnan(parity.worst({"a": sample.point(EXPECTED), "b": point})["max_difference"])


def test_a_regression_s_differences_count_in_standard_deviations_of_the_target():
    targets = np.array([[1000.0], [3000.0]], dtype=np.float32)
    sample = Sample.take("regression", np.zeros((2, 4), np.float32), targets, targets)

    point = sample.point(targets + np.float32(10.0))

    assert point == {"max_difference": pytest.approx(0.01), "metric": pytest.approx(10.0)}


def test_worst_is_taken_over_all_points():
    points = {
        "reloaded": {"max_difference": 0.0, "equal_labels": 1.0, "metric": 0.9},
        "exported": {"max_difference": 2e-6, "equal_labels": 0.99, "metric": 0.9},
    }

    assert parity.worst(points) == {"max_difference": 2e-6, "equal_labels": 0.99}


def test_a_reference_of_other_rows_is_a_fault():
    with pytest.raises(BringupError, match="do not belong together"):
        Sample.take("classification", np.zeros((2, 2)), np.zeros(2), EXPECTED)


def test_answers_of_another_shape_are_a_fault(sample):
    with pytest.raises(BringupError, match=r"\[3, 3\]"):
        sample.point(np.zeros((3, 3), np.float32))


def test_what_is_written_is_enough_to_measure_again(sample, tmp_path):
    sample.write(tmp_path)

    assert np.array_equal(np.load(tmp_path / "expected.npy"), EXPECTED)
    assert len(np.load(tmp_path / "inputs.npy")) == len(np.load(tmp_path / "targets.npy")) == 3
    assert json.loads((tmp_path / "parity.json").read_text())["task"] == "classification"
