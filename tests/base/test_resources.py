from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from bringup.base import resources
from bringup.base.processes import start
from bringup.base.resources import Watch, available_memory_bytes


def watched(code: str) -> resources.Usage:
    with Watch(start([sys.executable, "-c", code]), interval_s=0.01) as watch:
        return watch.wait()


def test_a_process_and_its_end() -> None:
    usage = watched("x = sum(range(10**6)); raise SystemExit(7)")
    assert usage.exit_code == 7
    assert usage.seconds > 0
    assert usage.cpu_seconds is not None
    assert usage.cpu_seconds > 0
    assert usage.peak_rss_bytes is not None
    assert usage.peak_rss_bytes > 1_000_000


def test_a_signal_is_a_negative_exit_code() -> None:
    usage = watched("import os; os.kill(os.getpid(), 9)")
    assert usage.exit_code == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_children_are_counted_together() -> None:
    child = "x = b'1' * 40_000_000; import time; time.sleep(0.3)"
    usage = watched(
        "import subprocess, sys\n"
        f"both = [subprocess.Popen([sys.executable, '-c', {child!r}]) for _ in 'ab']\n"
        "[row.wait() for row in both]\n"
    )
    assert usage.peak_processes == 3
    assert usage.peak_rss_bytes is not None
    assert usage.peak_rss_bytes > 80_000_000


def test_a_process_that_somebody_else_waited_for() -> None:
    process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
    process.wait()
    with Watch(process) as watch:
        usage = watch.wait()
    assert usage.exit_code == 3
    assert usage.cpu_seconds is None


def test_where_the_system_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources.sys, "platform", "other")
    monkeypatch.delattr(resources.os, "wait4")
    usage = watched("pass")
    assert usage.exit_code == 0
    assert (usage.cpu_seconds, usage.peak_rss_bytes, usage.peak_processes) == (None, None, None)
    assert usage.to_json()["exit_code"] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_available_memory() -> None:
    available = available_memory_bytes()
    assert available is not None
    assert available > 1_000_000


def test_available_memory_is_the_smaller_of_machine_and_cgroup(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    root = tmp_path_factory.mktemp("system")
    monkeypatch.setattr(resources, "_PROC", root)
    monkeypatch.setattr(resources, "_CGROUP", root)
    assert available_memory_bytes() is None
    (root / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable: 5 kB\n")
    assert available_memory_bytes() == 5120
    (root / "memory.max").write_text("max\n")
    (root / "memory.current").write_text("100\n")
    assert available_memory_bytes() == 5120
    (root / "memory.max").write_text("1100\n")
    assert available_memory_bytes() == 1000
