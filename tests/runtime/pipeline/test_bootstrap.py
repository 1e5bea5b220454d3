import numpy as np
import pytest
from sklearn.metrics import r2_score, roc_auc_score

from bringup.pipeline import bootstrap


@pytest.fixture
def generator():
    return np.random.default_rng(3)


def test_interval_of_accuracy_is_the_normal_one_when_rows_are_many(generator):
    confusion = np.array([[900, 100], [100, 900]])

    samples = bootstrap.confusion_samples(confusion, 4000, generator)["accuracy"]

    bounds = bootstrap.interval(samples, 0.95)
    spread = 1.96 * np.sqrt(0.9 * 0.1 / 2000)
    assert bounds.low == pytest.approx(0.9 - spread, abs=0.002)
    assert bounds.high == pytest.approx(0.9 + spread, abs=0.002)


def test_a_wider_confidence_gives_a_wider_interval(generator):
    samples = bootstrap.confusion_samples(np.array([[80, 20], [30, 70]]), 500, generator)["f1"][
        :, 0
    ]

    narrow, wide = bootstrap.interval(samples, 0.5), bootstrap.interval(samples, 0.99)

    assert wide.low < narrow.low < narrow.high < wide.high


def test_same_seed_gives_the_same_samples():
    confusion = np.array([[8, 2], [3, 7]])
    one, other = (
        bootstrap.confusion_samples(confusion, 20, np.random.default_rng(1)) for _ in range(2)
    )

    assert all(np.array_equal(one[name], other[name], equal_nan=True) for name in one)


def test_a_class_without_rows_has_no_scores_and_the_others_do(generator):
    confusion = np.array([[5, 1, 0], [0, 4, 0], [0, 0, 0]])

    samples = bootstrap.confusion_samples(confusion, 50, generator)

    assert np.isnan(samples["recall"][:, 2]).all()
    assert bootstrap.interval(samples["recall"][:, 2], 0.95) == bootstrap.NONE
    assert np.isfinite(samples["recall"][:, 0]).any()


def test_no_resamples_give_no_interval(generator):
    samples = bootstrap.confusion_samples(np.array([[5, 1], [0, 4]]), 0, generator)

    assert samples["f1"].shape == (0, 2)
    assert bootstrap.interval(samples["accuracy"], 0.95) == bootstrap.NONE


def test_area_of_each_resample_is_what_scikit_learn_says_of_its_rows_ties_included(generator):
    positive = generator.random(300) < 0.4
    scores = np.round(positive * 0.3 + generator.random(300), 1)
    counts = next(bootstrap.row_counts(300, 5, np.random.default_rng(9)))

    areas = bootstrap.roc_auc_samples(
        positive[:, None], scores[:, None], 5, np.random.default_rng(9)
    )[:, 0]

    expected = [roc_auc_score(positive, scores, sample_weight=row) for row in counts]
    assert areas == pytest.approx(expected)


def test_regression_scores_of_each_resample_are_those_of_its_rows(generator):
    actual = 1e6 + generator.normal(size=200)
    predicted = actual + 0.3 * generator.normal(size=200)
    counts = next(bootstrap.row_counts(200, 4, np.random.default_rng(9)))

    samples = bootstrap.regression_samples(actual, predicted, 4, np.random.default_rng(9))

    for index, row in enumerate(counts):
        rows = np.repeat(np.arange(200), row.astype(int))
        assert samples["r2"][index] == pytest.approx(r2_score(actual[rows], predicted[rows]))
        assert samples["mae"][index] == pytest.approx(np.abs(actual - predicted)[rows].mean())
        assert samples["pearson"][index] == pytest.approx(
            np.corrcoef(actual[rows], predicted[rows])[0, 1]
        )


def test_drawing_in_parts_gives_every_resample(generator, monkeypatch):
    monkeypatch.setattr(bootstrap, "ELEMENTS_AT_ONCE", 30)

    counts = list(bootstrap.row_counts(10, 7, generator))

    assert [len(part) for part in counts] == [3, 3, 1]
    assert all((part.sum(axis=1) == 10).all() for part in counts)


@pytest.mark.parametrize(
    ("rows", "classes", "expected"), [(1000, 1, 1000), (10_000, 10, 400), (10**7, 10, 100)]
)
def test_large_data_take_fewer_resamples_of_the_roc_curve(rows, classes, expected):
    assert bootstrap.roc_resamples(rows, classes, 1000) == expected
