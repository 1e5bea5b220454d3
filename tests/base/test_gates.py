import math

import pytest

from bringup.base.errors import BringupError
from bringup.base.gates import Condition, judge


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        (">= 0.983", 0.983, True),
        (">= 0.983", 0.9829, False),
        ("<= 1e-4", 1e-4, True),
        ("<1e-4", 1e-4, False),
        ("> -0.5", 0.0, True),
        ("== 1", 1.0, True),
        ("== 1", 0.999, False),
        (">= 0.5", math.nan, False),
    ],
)
def test_condition_holds(text, value, holds):
    assert Condition.parse(text).holds(value) is holds


@pytest.mark.parametrize("text", ["", "0.98", "=> 0.98", ">= high", ">= 0.9 or more", ">="])
def test_bad_condition_is_refused_with_an_example(text):
    with pytest.raises(BringupError) as caught:
        Condition.parse(text)
    assert caught.value.code == "GAT001"
    assert ">= 0.983" in str(caught.value)


def test_judge_records_condition_value_and_verdict():
    records = judge({"accuracy": ">= 0.9", "f1_macro": ">= 0.9"}, {"accuracy": 0.95})
    assert records["accuracy"] == {"condition": ">= 0.9", "value": 0.95, "holds": True}
    # A metric that nobody measured must not pass.
    assert records["f1_macro"] == {"condition": ">= 0.9", "value": None, "holds": False}
