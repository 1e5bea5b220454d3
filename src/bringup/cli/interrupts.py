"""Signals that end a pass: all are taken like Ctrl-C, so that what was begun is put away."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Final

_ENDING: Final = ("SIGTERM", "SIGHUP", "SIGBREAK")
"""Asked to end; the terminal is gone; Ctrl-Break (Windows)."""


def take_signals() -> None:
    """Let the ending signals raise KeyboardInterrupt; those that are ignored (nohup) stay so."""
    # A terminal that is gone does not say any more that it was one.
    terminals = [stream.fileno() for stream in (sys.stdout, sys.stderr) if stream.isatty()]

    def interrupt(number: int, _: FrameType | None) -> None:
        if number == getattr(signal, "SIGHUP", None):
            _write_nowhere(terminals)
        raise KeyboardInterrupt

    for name in _ENDING:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, interrupt)


def _write_nowhere(descriptors: list[int]) -> None:
    """Let what is still said to a closed terminal be lost instead of failing."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(nowhere, descriptor)
