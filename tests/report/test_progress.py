from __future__ import annotations

import io

import pytest
from rich.console import Console

from bringup.base.messages import choose_language
from bringup.report import progress as module
from bringup.report import progress_lines as lines
from bringup.report.progress import LiveProgress

DOWNLOAD = {"kind": "progress", "done": 2_000_000, "total": 11_500_000, "unit": "bytes",
            "rate": 4.1e6, "left_s": 2.3, "name": "train-images"}  # fmt: skip
STEP = {"kind": "progress", "done": 100, "total": 400, "unit": "steps", "left_s": 41,
        "values": {"loss": 0.12, "accuracy": 0.973}}  # fmt: skip
EPOCH = {"kind": "epoch", "epoch": 3, "seconds": 4.1, "samples_per_s": 13100.0,
         "train": {"loss": 0.1, "accuracy": 0.97}, "validation": {"loss": 0.09}}  # fmt: skip


def console(**options):
    return Console(file=io.StringIO(), width=120, **options)


def written(screen):
    return screen.file.getvalue()


def test_words_of_a_download():
    assert lines.progress_line(DOWNLOAD) == "train-images · 2 MB / 11.5 MB · 4.1 MB/s · 2.3 s left"
    assert lines.share_done(DOWNLOAD) == pytest.approx(0.174, abs=0.001)
    assert lines.amount({"done": 5, "unit": "bytes"}) == "5 B"
    assert lines.share_done({"done": 5, "unit": "bytes"}) is None


def test_words_of_training():
    assert lines.progress_line(STEP) == (
        "100 of 400 steps · loss 0.12 · accuracy 97.30 % · 41.0 s left"
    )
    assert lines.progress_line({"done": 7, "unit": "samples", "rate": 1300}) == (
        "7 samples · 1,300 samples/s"
    )
    assert lines.progress_line({"done": 7, "total": 9, "rate": 2}) == "7 of 9 · 2 /s"


def test_words_of_an_epoch():
    assert lines.epoch_line(EPOCH) == (
        "epoch 3 · train loss 0.1, accuracy 97.00 % · validation loss 0.09"
        " · 13,100 samples/s · 4.1 s"
    )
    assert lines.epoch_line({"epoch": 1, "epochs": 5}) == "epoch 1/5"


def test_words_of_checks_that_are_counted_or_skipped():
    counted = {"name": "conv", "ok": True, "status": "ok", "seconds": 1.2, "done": 3, "total": 9}
    assert lines.check_line(counted) == "conv · 1.2 s · 3/9"
    skipped = {"name": "compile", "ok": False, "status": "skipped", "detail": "no compiler"}
    assert lines.check_line(skipped) == "check compile skipped · no compiler"
    assert lines.progress_line({"name": "conv"}) == "conv"


def test_words_of_checks_and_notes():
    assert lines.check_line({"name": "import", "ok": True, "seconds": 1.2}) == "import · 1.2 s"
    assert lines.check_line({"name": "conv", "ok": False, "detail": "nan"}) == (
        "check conv failed · nan"
    )
    assert lines.note_line({"code": "FIL004", "params": {"path": "x"}}) == "there is no file x"
    assert lines.note_line({"code": "NEW999"}) == "NEW999"
    assert lines.note_line({"code": "FIL004"}) == "FIL004"


def test_plain_lines_one_per_finished_stage_and_epoch(mnist):
    screen = console()
    with LiveProgress(console=screen) as progress:
        progress.stage_current("probe")
        progress.stage_started("train", ["[train].epochs changed from 5 to 10"])
        progress.event(STEP)
        progress.event(EPOCH)
        progress.event({"kind": "note", "code": "FIL004", "params": {"path": "x"}})
        progress.event({"kind": "unheard of"})
        progress.event({"kind": "line", "text": "what a script printed"})
        progress.stage_finished("train", mnist["stages"]["train"])
    probe, epoch, note, train = written(screen).splitlines()
    assert probe.split() == ["–", "probe", "nothing", "changed"]
    assert epoch.startswith("  epoch 3 · train loss 0.1")
    assert note == "  there is no file x"
    assert train.startswith("✓ train")
    assert train.endswith("because [train].epochs changed from 5 to 10")
    assert "41.6 s  validation accuracy 98.94 %" in train
    assert "\x1b" not in written(screen)


def test_plain_progress_is_written_now_and_then(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    screen = console()
    with LiveProgress(console=screen) as progress:
        progress.stage_started("prepare", [])
        for second in range(12):
            now[0] = 100.0 + second
            progress.event(DOWNLOAD)
    assert len(written(screen).splitlines()) == 2


def test_a_failed_stage_leaves_its_reason(failed):
    screen = console()
    with LiveProgress(console=screen) as progress:
        progress.stage_started("prepare", [])
        progress.event({"kind": "check", "name": "conv", "ok": False, "detail": "nan"})
        progress.stage_finished("prepare", failed["stages"]["prepare"])
    assert "check conv failed · nan" in written(screen)
    assert "✗ prepare" in written(screen)
    assert "no source of the data set mnist" in written(screen)


def test_a_terminal_shows_the_stage_at_work_and_clears_it(mnist):
    screen = console(force_terminal=True, color_system="standard")
    with LiveProgress(console=screen) as progress:
        progress.stage_started("prepare", ["it has not run yet"])
        progress.event(DOWNLOAD)
        progress._live.refresh()
        progress.event({"kind": "check", "name": "import", "ok": True, "seconds": 1.2})
        progress._live.refresh()
        progress.stage_finished("prepare", mnist["stages"]["prepare"])
        progress._live.refresh()
    text = written(screen)
    assert "train-images" in text
    assert "17%" in text
    assert "because it has not run yet" in text
    assert "import · 1.2 s" in text
    assert "mnist · 54,000 train" in text
    # The cursor is shown again.
    assert text.rstrip().endswith("\x1b[?25h") or "\x1b[?25h" in text


def test_a_stage_that_ended_leaves_the_live_view(mnist):
    screen = console(force_terminal=True, color_system=None)
    with LiveProgress(console=screen) as progress:
        progress.stage_started("train", ["epochs changed"])
        progress.stage_finished("train", mnist["stages"]["train"])
        before = len(written(screen))
        progress.stage_current("evaluate")
        assert "epochs changed" not in written(screen)[before:]


def test_the_live_view_ends_on_an_error():
    screen = console(force_terminal=True)
    with pytest.raises(KeyboardInterrupt), LiveProgress(console=screen) as progress:
        progress.stage_started("train", [])
        raise KeyboardInterrupt
    assert "\x1b[?25h" in written(screen)


def test_quiet_says_nothing(mnist):
    screen = console(force_terminal=True)
    with LiveProgress(console=screen, quiet=True) as progress:
        progress.stage_current("probe")
        progress.stage_started("train", [])
        progress.event(EPOCH)
        progress.stage_finished("train", mnist["stages"]["train"])
    assert written(screen) == ""


def test_by_default_it_writes_to_stderr(capsys):
    with LiveProgress() as progress:
        progress.stage_current("probe")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "probe" in captured.err


def test_progress_speaks_chinese():
    choose_language("zh")
    assert lines.progress_line(STEP).startswith("100 / 400 步 · 损失 0.12")


def test_quick_epochs_leave_the_first_and_the_last(mnist):
    screen = console()
    with LiveProgress(console=screen) as progress:
        progress.stage_started("train", [])
        for number in range(1, 301):
            progress.event({**EPOCH, "epoch": number})
        progress.stage_finished("train", mnist["stages"]["train"])
    shown = [line.split()[1] for line in written(screen).splitlines() if "epoch" in line]
    assert shown[0] == "1"
    assert shown[-1] == "300"
    assert len(shown) < 100
