from __future__ import annotations

from bringup.report.chain import digest_chain


def test_an_input_is_traced_to_the_output_that_it_is(mnist):
    links = {link.stage: link for link in digest_chain(mnist["stages"])}
    origins = {taken.digest.name: taken.origin for taken in links["export"].taken}
    assert origins == {
        "model.safetensors": "train/model.safetensors",
        "preprocessing.json": "prepare/preprocessing.json",
    }
    assert {taken.origin for taken in links["sync"].taken} == {"lock/train", "lock/serve"}


def test_settings_are_kept_apart_from_digests_and_cut():
    inputs = {f"[train].{index}": "x" * 100 for index in range(15)}
    [link] = digest_chain({"train": {"inputs": {**inputs, "raw": "sha256:" + "a" * 64}}})
    assert [taken.digest.short for taken in link.taken] == ["a" * 12]
    assert link.taken[0].origin is None
    assert (len(link.settings), link.more_settings) == (12, 3)
    assert len(link.settings[0][1]) == 60


def test_an_output_is_no_origin_of_what_came_before_it():
    stages = {"a": {"inputs": {"in": "sha256:1"}}, "b": {"outputs": {"out": "sha256:1"}}}
    assert digest_chain(stages)[0].taken[0].origin is None
