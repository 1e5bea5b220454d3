import pytest

from bringup.base.parity import compare, max_difference, top_labels

EXPECTED = [[0.9, 0.1], [0.4, 0.6]]


def test_classification_compares_numbers_labels_and_the_metric():
    point = compare(EXPECTED, [[0.8, 0.2], [0.5, 0.5]], [0, 1], task="classification")

    assert point == {
        "max_difference": pytest.approx(0.1),
        "equal_labels": 0.5,
        "metric": 0.5,
    }


def test_labels_given_by_the_judged_form_count():
    point = compare(EXPECTED, EXPECTED, [0, 1], task="classification", labels=[1, 1])

    assert point == {"max_difference": 0.0, "equal_labels": 0.5, "metric": 0.5}


def test_regression_divides_by_the_scale_and_has_no_labels():
    point = compare([[10.0]], [[14.0]], [11.0], task="regression", scale=8.0)

    assert point == {"max_difference": 0.5, "metric": 3.0}


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_has_no_difference(bad):
    assert max_difference([[1.0]], [[bad]]) is None


def test_answers_of_different_shapes_are_a_mistake_of_ours():
    with pytest.raises(AssertionError, match="one shape"):
        compare([[1.0]], [[1.0, 2.0]], [0], task="classification")


def test_the_first_of_equal_numbers_is_the_label():
    assert top_labels([[0.5, 0.5], [0.1, 0.9]]) == [0, 1]
