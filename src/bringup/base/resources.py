"""What a process and its children use: time, CPU, peak memory. And how much memory is free.

Linux's /proc answers; elsewhere what cannot be known is None.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

_PROC: Final = Path("/proc")
_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_CGROUP: Final = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Usage:
    """What a finished process and its children used. None: unknown on this system."""

    exit_code: int
    """As in ``subprocess``: negative when a signal ended it."""
    seconds: float
    cpu_seconds: float | None
    peak_rss_bytes: int | None
    """The largest sum over all processes of the tree at one sampled moment."""
    peak_processes: int | None

    def to_json(self) -> dict[str, Any]:
        """Return the fields as plain JSON."""
        return asdict(self)


class Watch:
    """Samples the process tree below a started process until ``wait`` has seen its end.

    Use: ``with Watch(process) as watch: ...; usage = watch.wait()``.
    """

    def __init__(self, process: subprocess.Popen[bytes], *, interval_s: float = 0.1) -> None:
        self._process = process
        self._interval_s = interval_s
        self._started = time.monotonic()
        self._peak_rss_bytes = 0
        self._peak_processes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._sample_until_end, daemon=True)

    def __enter__(self) -> Self:
        if sys.platform == "linux":
            self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def wait(self) -> Usage:
        """Wait for the process to end and say what it used."""
        cpu_seconds, largest = _reap(self._process)
        seconds = time.monotonic() - self._started
        self._ended.set()
        # A short life can fall between two samples; the kernel knows its largest process.
        peak = max(self._peak_rss_bytes, largest or 0)
        return Usage(
            exit_code=self._process.returncode,
            seconds=seconds,
            cpu_seconds=cpu_seconds,
            peak_rss_bytes=peak or None,
            peak_processes=self._peak_processes or None,
        )

    def _sample_until_end(self) -> None:
        while True:
            sizes = _tree_rss_bytes(self._process.pid)
            self._peak_rss_bytes = max(self._peak_rss_bytes, sum(sizes))
            self._peak_processes = max(self._peak_processes, len(sizes))
            if self._ended.wait(self._interval_s):
                return


def available_memory_bytes() -> int | None:
    """Return how much memory a new consumer can take: free memory or the cgroup's rest.

    The smaller of the two; None where neither is known.
    """
    candidates = [value for value in (_free_bytes(), _cgroup_rest_bytes()) if value is not None]
    return min(candidates, default=None)


def _reap(process: subprocess.Popen[bytes]) -> tuple[float | None, int | None]:
    """Wait; return CPU seconds and the largest process's peak memory, where the system tells."""
    if not hasattr(os, "wait4") or process.returncode is not None:
        process.wait()
        return None, None
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except ChildProcessError:
        # Somebody else waited for it already.
        process.wait()
        return None, None
    process.returncode = os.waitstatus_to_exitcode(status)
    # Linux counts KiB, macOS bytes.
    unit = 1 if sys.platform == "darwin" else 1024
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit


def _tree_rss_bytes(root: int) -> list[int]:
    """Return the resident memory of a process and of each of its descendants."""
    parents: dict[int, list[int]] = {}
    sizes: dict[int, int] = {}
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            # The name, in brackets, may hold spaces: what follows the last bracket does not.
            words = (entry / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(entry.name)
        parents.setdefault(int(words[1]), []).append(pid)
        sizes[pid] = int(words[21]) * _PAGE_BYTES
    tree = [root]
    for pid in tree:
        tree.extend(parents.get(pid, ()))
    return [sizes[pid] for pid in tree if pid in sizes]


def _free_bytes() -> int | None:
    try:
        lines = (_PROC / "meminfo").read_text("ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) * 1024
    return None


def _cgroup_rest_bytes() -> int | None:
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            return max(0, int((_CGROUP / limit).read_text()) - int((_CGROUP / used).read_text()))
        except (OSError, ValueError):
            continue
    return None
