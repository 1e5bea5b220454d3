from __future__ import annotations

import math

import pytest

from bringup.base.messages import choose_language
from bringup.report import formats


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0, "0 ms"), (0.0421, "42 ms"), (0.4, "0.40 s"), (0.9999, "1.0 s"), (41.23, "41.2 s"),
     (59.97, "1 min 00 s"), (185, "3 min 05 s"), (7805, "2 h 10 min"), (None, "–"),
     (math.nan, "–")],
)  # fmt: skip
def test_seconds(seconds, expected):
    assert formats.seconds_text(seconds) == expected


@pytest.mark.parametrize(
    ("size", "expected"),
    [(12, "12 B"), (833_412, "833 kB"), (1_620_000, "1.62 MB"), (2.9e9, "2.9 GB"),
     (5e15, "5000 TB"), (None, "–")],
)  # fmt: skip
def test_bytes(size, expected):
    assert formats.bytes_text(size) == expected


def test_memory_counts_in_units_of_1024():
    assert formats.memory_text(24 << 30) == "24 GiB"
    assert formats.memory_text(None) == "–"


@pytest.mark.parametrize(
    ("value", "expected"),
    [(206922, "206,922"), (0.5512, "0.5512"), (1.2e-7, "1.2e-7"), (1e-4, "1e-4"), (0.0, "0"),
     (12345.6, "12,346"), (None, "–"), (math.inf, "–"), ("text", "–")],
)  # fmt: skip
def test_numbers(value, expected):
    assert formats.number_text(value) == expected


def test_shares():
    assert formats.share_text(0.98934) == "98.93 %"
    assert formats.share_text(1.0) == "100 %"
    assert formats.share_text(0) == "0 %"
    assert formats.share_text(None) == "–"


def test_nearly_all_does_not_look_like_all():
    assert formats.share_text(0.99996) == "99.996 %"
    assert formats.share_text(0.000001, digits=0) == "0.0001 %"
    metric = {"value": 0.99996, "low": 0.99995, "high": 1.0}
    assert formats.metric_text("roc_auc", metric) == "99.996 % [99.995, 100]"


@pytest.mark.parametrize(
    ("name", "metric", "expected"),
    [
        ("accuracy", {"value": 0.9925, "low": 0.9906, "high": 0.9944}, "99.25 % [99.06, 99.44]"),
        ("rmse", {"value": 51.2, "low": 46.1, "high": 56.3}, "51.2 [46.1, 56.3]"),
        ("model_bytes", {"value": 833_412}, "833 kB"),
        ("latency_p50_ms", {"value": 0.93}, "0.93 ms"),
        ("latency_p99_ms", {"value": 12.34}, "12.3 ms"),
        ("samples_per_s", {"value": 13120.4}, "13,120 /s"),
        ("steps_per_s", 2.54, "2.5 /s"),
        ("cpu_seconds", {"value": 75}, "1 min 15 s"),
        ("peak_memory", {"value": 612 << 20}, "612 MiB"),
        ("whatever", 3, "3"),
        ("accuracy", {"value": None, "low": None, "high": None}, "–"),
        ("accuracy", {"value": True}, "–"),
    ],
)
def test_metrics_are_written_in_their_units(name, metric, expected):
    assert formats.metric_text(name, metric) == expected


def test_metrics_have_names_in_both_languages():
    assert formats.metric_name("validation_accuracy") == "validation accuracy"
    assert formats.metric_name("test_loss") == "loss"
    assert formats.metric_name("my_own") == "my_own"
    choose_language("zh")
    assert formats.metric_name("train_accuracy") == "训练准确率"


@pytest.mark.parametrize(
    ("name", "condition", "expected"),
    [("accuracy", ">= 0.983", "≥ 98.3 %"), ("max_difference", "<= 1e-4", "≤ 1e-4"),
     ("rmse", "< 60", "< 60"), ("rmse", "good enough", "good enough")],
)  # fmt: skip
def test_conditions(name, condition, expected):
    assert formats.condition_text(name, condition) == expected


def test_what_a_check_did_and_how_close_it_came():
    row = {"status": "ok", "detail": "3x3", "difference": 1.23e-7, "tolerance": 1e-5}
    assert formats.check_detail(row) == "3x3: difference 1.2e-07 (allowed 1e-05)"
    assert formats.check_detail({**row, "status": "failed"}) == "3x3"
    assert formats.check_detail({"ok": True, "detail": {"rows": 3}}) == "rows 3"
    exact = {"ok": True, "difference": 0.0, "tolerance": 0.0}
    assert formats.check_detail(exact).startswith("difference")
    rows = ({"ok": True}, {"ok": False}, {"status": "skipped"})
    assert [formats.check_status(row) for row in rows] == ["ok", "failed", "skipped"]
