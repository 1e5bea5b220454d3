import json

import numpy as np
import pytest
from sklearn import metrics as scores

from bringup.pipeline import metrics
from bringup.pipeline.metrics import Plan

NAMES = ["a", "b", "c"]


@pytest.fixture
def rows():
    generator = np.random.default_rng(0)
    targets = generator.integers(0, 3, 400)
    logits = generator.normal(size=(400, 3))
    logits[np.arange(400), targets] += 1.5
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return targets, probabilities


def test_points_are_those_of_scikit_learn_inside_their_intervals(rows):
    targets, probabilities = rows
    predicted = probabilities.argmax(axis=1)

    found = metrics.classification(targets, probabilities, NAMES, Plan(300)).metrics

    macro = scores.precision_recall_fscore_support(targets, predicted, average="macro")
    expected = {
        "accuracy": scores.accuracy_score(targets, predicted),
        "precision_macro": macro[0],
        "recall_macro": macro[1],
        "f1_macro": macro[2],
        "roc_auc": scores.roc_auc_score(targets, probabilities, multi_class="ovr"),
    }
    assert {name: metric.value for name, metric in found.items()} == pytest.approx(expected)
    assert all(metric.low < metric.value < metric.high for metric in found.values())


def test_details_hold_the_matrix_each_class_and_the_curves(rows):
    targets, probabilities = rows

    details = metrics.classification(targets, probabilities, NAMES, Plan(50)).details

    matrix = np.array(details["confusion"])
    assert matrix.sum() == 400
    assert details["per_class"]["b"]["support"] == matrix[1].sum()
    assert details["per_class"]["b"]["recall"]["value"] == matrix[1, 1] / matrix[1].sum()
    curve = details["roc"]["c"]
    assert len(curve["fpr"]) == len(curve["tpr"]) <= metrics.ROC_POINTS
    assert (curve["fpr"][0], curve["tpr"][-1]) == (0.0, 1.0)
    json.dumps(details)


def test_a_class_without_rows_has_null_scores_and_leaves_the_means(rows):
    targets, probabilities = rows
    kept = targets != 2

    quality = metrics.classification(targets[kept], probabilities[kept], NAMES, Plan(50))

    row = quality.details["per_class"]["c"]
    assert row["support"] == 0
    assert np.isnan(row["recall"]["value"])
    assert "c" not in quality.details["roc"]
    assert quality.unknown == ["c"]
    present = [quality.details["per_class"][name]["recall"]["value"] for name in "ab"]
    assert quality.metrics["recall_macro"].value == pytest.approx(np.mean(present))
    assert np.isfinite(quality.metrics["roc_auc"].value)


def test_one_class_alone_has_no_roc_curve():
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8]])

    quality = metrics.classification(np.array([0, 0]), probabilities, ["a", "b"], Plan(20))

    assert np.isnan(quality.metrics["roc_auc"].value)
    assert quality.unknown == ["roc_auc", "b"]
    assert quality.metrics["accuracy"].value == 0.5


def test_two_classes_take_the_area_of_the_second(rows):
    targets, probabilities = rows[0] % 2, rows[1][:, :2] / rows[1][:, :2].sum(axis=1, keepdims=True)

    found = metrics.classification(targets, probabilities, ["no", "yes"], Plan(20)).metrics

    expected = scores.roc_auc_score(targets, probabilities[:, 1])
    assert found["roc_auc"].value == pytest.approx(expected)


def test_without_resamples_metrics_have_no_bounds(rows):
    found = metrics.classification(*rows, NAMES, Plan(0))

    assert found.metrics["accuracy"].low is None
    assert found.details["per_class"]["a"]["f1"].keys() == {"value"}


def test_regression_points_and_intervals():
    generator = np.random.default_rng(1)
    actual = generator.normal(size=500) * 50 + 150
    predicted = actual + generator.normal(size=500) * 10

    quality = metrics.regression(actual, predicted, Plan(300))

    expected = {
        "r2": scores.r2_score(actual, predicted),
        "rmse": np.sqrt(np.mean((actual - predicted) ** 2)),
        "mae": np.abs(actual - predicted).mean(),
        "pearson": np.corrcoef(actual, predicted)[0, 1],
    }
    assert {n: m.value for n, m in quality.metrics.items()} == pytest.approx(expected)
    assert all(metric.low < metric.value < metric.high for metric in quality.metrics.values())


def test_a_constant_target_has_an_error_but_no_correlation():
    quality = metrics.regression(np.full(5, 2.0), np.arange(5.0), Plan(10))

    assert quality.unknown == ["r2", "pearson"]
    assert quality.metrics["mae"].value == 1.2


def test_scatter_is_thinned_to_a_thousand_pairs():
    values = np.arange(5000.0)

    scatter = metrics.regression(values, values + 1, Plan(0)).details["scatter"]

    assert len(scatter["actual"]) == metrics.SCATTER_POINTS
    assert scatter["predicted"][-1] == scatter["actual"][-1] + 1


def test_mistakes_are_the_most_confident_wrong_answers_with_their_pixels():
    probabilities = np.array([[0.4, 0.6], [0.1, 0.9], [0.2, 0.8], [0.99, 0.01]])
    images = np.arange(16, dtype=np.uint8).reshape(4, 2, 2)

    found = metrics.mistakes(np.array([0, 0, 1, 0]), probabilities, images, with_pixels=True)

    assert found == [
        {"index": 1, "actual": 0, "predicted": 1, "probability": 0.9, "pixels": [[4, 5], [6, 7]]},
        {"index": 0, "actual": 0, "predicted": 1, "probability": 0.6, "pixels": [[0, 1], [2, 3]]},
    ]
