from __future__ import annotations

import io

import pytest
from rich.console import Console

from bringup.base.messages import choose_language
from bringup.report.terminal import summary


def shown(renderable, *, width=100, encoding="utf-8", **options):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding=encoding, newline="")
    Console(file=file, width=width, **options).print(renderable)
    file.flush()
    return raw.getvalue().decode(encoding)


def test_one_row_per_stage_then_gates_then_what_next(mnist):
    lines = [
        line.split() for line in shown(summary(mnist, report="runs/r/report.html")).splitlines()
    ]
    names = [words[1] for words in lines if len(words) > 2 and words[0] == "✓"]
    assert names[:9] == list(mnist["stages"])
    assert ["✓", "accuracy", "99.25", "%", "≥", "98.3", "%", "evaluate"] in lines
    assert ["report", "runs/r/report.html"] in lines
    assert lines[-1] == ["next", "bringup", "serve"]


def test_a_failure_shows_its_reason_and_its_hint(failed):
    text = shown(summary(failed))
    assert "✗  prepare" in text
    assert "tried 3" in text
    assert "the stage prepare failed" in text
    assert "run `bringup up` again" in text


def test_a_broken_gate_is_marked(broken_gate):
    text = shown(summary(broken_gate, next_step="bringup train"))
    assert "✗  accuracy" in text
    assert "not measured" in text
    assert text.splitlines()[-1].split() == ["next", "bringup", "train"]


def test_an_unfinished_project_goes_on(mnist):
    del mnist["stages"]["serve"]
    text = shown(summary(mnist))
    assert "done up to export, and every gate holds" in text
    assert text.splitlines()[-1].split() == ["next", "bringup", "up"]


def test_an_own_script_ends_with_its_training(own_script):
    text = shown(summary(own_script))
    assert "every stage is done" in text
    assert "bringup serve" not in text


def test_without_a_terminal_there_are_no_control_codes(mnist):
    assert "\x1b" not in shown(summary(mnist))
    assert "\x1b[" in shown(summary(mnist), force_terminal=True, color_system="standard")


def test_no_color_is_honoured(mnist, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    text = shown(summary(mnist), force_terminal=True, color_system="standard")
    assert "\x1b[32m" not in text


def test_an_ascii_terminal_gets_letters(own_script):
    text = shown(summary(own_script), encoding="latin-1", width=120)
    assert "ok  probe" in text.replace("   ", "  ").replace("ok  ", "ok  ")
    assert "✓" not in text


@pytest.mark.parametrize("width", [40, 60, 200])
def test_no_row_is_wider_than_the_terminal(mnist, width):
    assert all(len(line) <= width for line in shown(summary(mnist), width=width).splitlines())


def test_the_summary_speaks_chinese(mnist):
    choose_language("zh")
    assert "所有阶段均已完成" in shown(summary(mnist))
