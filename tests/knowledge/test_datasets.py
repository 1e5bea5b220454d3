from __future__ import annotations

import json
import re
from math import prod

import pytest

from bringup.base.errors import BringupError
from bringup.knowledge.datasets import IndexSource, dataset, dataset_names


def test_the_names_are_those_that_examples_use():
    assert {"mnist", "diabetes", "iris"} <= set(dataset_names())


def test_an_unknown_name_is_told_the_nearest():
    with pytest.raises(BringupError) as caught:
        dataset("minst")
    assert caught.value.code == "DAT001"
    assert 'dataset = "mnist"' in (caught.value.hint or "")
    with pytest.raises(BringupError):
        dataset("something quite different")


@pytest.mark.parametrize("name", dataset_names())
def test_a_row_is_complete(name):
    row = dataset(name)
    assert row.name == name
    assert row.licence and row.citation and row.homepage.startswith("http")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", row.checked)
    assert row.files and row.sources
    for file in row.files:
        assert file.bytes > 0
        assert re.fullmatch(r"[0-9a-f]{64}", file.sha256)
    for source in row.sources:
        assert set(source.files) == {file.name for file in row.files}
    assert any(isinstance(source, IndexSource) for source in row.sources)


@pytest.mark.parametrize("name", dataset_names())
def test_the_parts_of_a_row_fit_together(name):
    row = dataset(name)
    if row.task == "classification":
        assert row.class_names is not None and len(row.class_names) == row.classes
    else:
        assert row.classes is None
    if row.input_kind == "table":
        assert row.feature_names is not None
        assert len(row.feature_names) == prod(row.input_shape)
    roles = {file.role for file in row.files}
    if row.split == "named":
        assert roles == {"train_inputs", "train_targets", "test_inputs", "test_targets"}
    else:
        assert roles in ({"rows"}, {"inputs", "targets"})


def test_a_row_as_json_has_what_the_reader_needs_and_no_addresses():
    document = json.loads(json.dumps(dataset("mnist").to_json()))
    assert document["reader"] == "idx"
    assert document["files"][0]["role"] == "train_inputs"
    assert "sources" not in document
