from __future__ import annotations

import math

from bringup.base.messages import choose_language
from bringup.report.sections import evaluate, export, lock, prepare, train, verify
from bringup.report.sections.common import class_name, picture_of


def test_both_locks_and_the_reasons_are_shown(mnist):
    view = lock.view(mnist["stages"]["lock"], {})
    assert ("torch", "2.13.0+cpu") in view["packages"]
    assert ("onnxruntime", "1.0") in view["serve_packages"]
    assert view["source"] == "find-links /srv/wheels"
    assert view["reasons"][1] == ("https://download.pytorch.org/whl/cpu cannot be reached", True)
    assert view["reasons"][-1] == ("there is no file pip.conf", False)


def test_a_recorded_text_is_told_in_the_language_of_the_page(mnist):
    choose_language("zh")
    reasons = lock.view(mnist["stages"]["lock"], {})["reasons"]
    assert reasons[-1] == ("文件 pip.conf 不存在", False)


def test_a_lock_without_a_framework_says_nothing_of_one():
    view = lock.view({"stack": {"build": "cpu", "torch": None, "source": None}}, {})
    assert (view["framework"], view["source"], view["packages"]) == ("", "", [])


def test_samples_that_are_no_pictures_are_left_out():
    samples = [{"pixels": [[1]], "label": "b"}, {"label": "a"}, {"pixels": [[999]]}]
    shown = prepare.view({"samples": samples}, {})["samples"]
    assert [one["label"] for one in shown] == ["b"]
    assert picture_of({"pixels": "text"}) is None


def test_columns_are_summed_up(regression):
    view = prepare.view(regression["stages"]["prepare"], {})
    assert view["column_names"] == ["mean", "standard deviation", "min", "median", "max"]
    assert view["columns"][0] == ("age", ["48.5", "13.1", "19", "50", "79"])
    assert view["balance"] is None


def test_balance_says_the_share_of_each_class():
    balance = prepare.view({"class_counts": {"train": {"cat": 3, "dog": 1}}}, {})["balance"]
    assert "cat: 75.00 %" in balance
    assert "dog: 25.00 %" in balance


def test_classes_are_named_by_number_or_by_name():
    assert class_name(["cat"], 0) == "cat"
    assert class_name(["cat"], 5) == "5"
    assert class_name(["cat"], "dog") == "dog"


def test_cleaning_that_did_nothing_is_not_shown():
    cleaning = {"rows_dropped": 0, "filled": {"bmi": 3}, "constant": [], "list": ["a", "b"]}
    view = prepare.view({"cleaning": cleaning}, {})
    assert view["cleaning"] == [("filled", "bmi: 3"), ("list", "a, b")]


def test_the_best_epoch_is_found(mnist):
    history = [
        {"epoch": n, "seconds": 2.0, "train": {"accuracy": 0.9}, "validation": {"accuracy": a}}
        for n, a in ((1, 0.8), (2, 0.95), (3, 0.95))
    ]
    evidence = {
        "history": history,
        "metrics": {"samples_per_s": {"value": 100}},
        "resumed_from": {"epoch": 2, "step": 7},
    }
    best, gap, pace, resumed = train.view(evidence, {})["summary"]
    assert best == "Best validation accuracy 95.00 % in epoch 2 of 3."
    assert gap == "At the end, validation accuracy is 5.0 points above training."
    assert pace == "2.0 s per epoch, 100 samples per second."
    assert "epoch 2, step 7" in resumed


def test_a_regression_is_best_where_the_loss_is_least():
    history = [{"epoch": n, "validation": {"loss": x}} for n, x in ((1, 3.0), (2, 1.0), (3, 2.0))]
    assert train.view({"history": history}, {})["summary"] == [
        "Best validation loss 1 in epoch 2 of 3."
    ]


def test_a_diverged_run_still_has_a_section():
    history = [{"epoch": n, "train": {"loss": math.nan, "note": "text"}} for n in (1, 2)]
    view = train.view({"history": history}, {})
    assert len(view["charts"]) == 1
    assert view["summary"] == []


def test_a_script_is_shown_by_its_command(own_script):
    facts = dict(train.view(own_script["stages"]["train"], own_script)["facts"])
    assert facts == {"Command": "python train.py --epochs 6"}


def test_our_own_loop_is_shown_by_its_settings(mnist):
    facts = dict(train.view(mnist["stages"]["train"], mnist)["facts"])
    assert facts["Optimizer"] == "sgd, 0.1, onecycle"
    assert facts["Deterministic"] == "yes"


def test_the_graph_is_summed_up(mnist):
    view = export.view(mnist["stages"]["export"], {})
    assert view["onnx"] == [("ONNX opset", "20"), ("ONNX operators", "Conv × 2, Gemm × 2, Softmax")]


def test_unknown_values_have_no_whisker():
    row = {"precision": {"value": None}, "recall": {"value": None}, "f1": {"value": None}}
    view = evaluate.view(
        {"metrics": {"accuracy": {"value": None}}, "per_class": {"rare": {**row, "support": 0}}}, {}
    )
    assert view["whiskers"] == []
    assert view["classes"][0]["whisker"] is None
    assert view["classes"][0]["cells"] == ["–", "–", "–"]


def test_the_most_confused_pair_comes_first():
    view = evaluate.view({"confusion": [[9, 1], [4, 6]], "class_names": ["cat", "dog"]}, {})
    assert view["pairs"] == [("dog taken for cat", 4), ("cat taken for dog", 1)]


def test_too_many_classes_have_no_heat_map_but_pairs():
    matrix = [[5 if r == c else 1 for c in range(50)] for r in range(50)]
    view = evaluate.view({"confusion": matrix}, {})
    assert view["confusion"] is None
    assert len(view["pairs"]) == 6


def test_a_weak_classifier_gets_the_whole_roc_square():
    weak = {"fpr": [0, 0.5, 1], "tpr": [0, 0.6, 1]}
    assert evaluate.view({"roc": {"a": weak}}, {})["roc"]["note"] == ""
    good = {"fpr": [0, 0.0, 1], "tpr": [0, 0.99, 1]}
    curves = {str(index): good for index in range(5)}
    assert "corner" in evaluate.view({"roc": curves}, {})["roc"]["note"]


def test_scatter_needs_pairs():
    assert evaluate.view({"scatter": {"actual": [1], "predicted": []}}, {})["scatter"] is None


def test_a_difference_is_held_against_the_tolerance():
    points = {
        "eager": {"metric": 1.0},
        "reloaded": {"max_difference": 0.0},
        "exported": {"max_difference": 1e-3},
        "quantised": {"max_difference": 1e-6},
    }
    gates = {"max_difference": {"condition": "<= 1e-4", "value": 1e-3, "holds": False}}
    view = export.view({"parity": {"points": points, "metric": "accuracy"}, "gates": gates}, {})
    by_name = {point["name"]: point for point in view["points"]}
    assert list(by_name) == ["eager", "reloaded", "exported", "quantised"]
    assert (by_name["exported"]["holds"], by_name["exported"]["share"]) == (False, 1.0)
    assert by_name["reloaded"]["share"] == 0.0
    assert 0 < by_name["quantised"]["share"] < 1
    assert by_name["eager"]["is_reference"]


def test_a_check_shows_its_status_and_how_close_it_came():
    rows = [
        {"name": "conv", "ok": True, "status": "ok", "difference": 2e-7, "tolerance": 1e-5},
        {"name": "compile", "ok": False, "status": "skipped", "detail": "no compiler"},
    ]
    shown = verify.view({"checks": rows}, {})["checks"]
    assert [row["status"] for row in shown] == ["ok", "skipped"]
    assert "2.0e-07" in shown[0]["detail"]
    assert shown[1]["detail"] == "no compiler"


def test_the_details_of_a_check_may_be_a_table():
    [check] = verify.view({"checks": [{"name": "x", "ok": 1, "detail": {"rows": 3}}]}, {})["checks"]
    assert check["detail"] == "rows 3"
