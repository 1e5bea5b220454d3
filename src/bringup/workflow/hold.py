"""One pass at a time in a project."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from bringup.base.errors import BringupError
from bringup.base.files import faults_of


@contextlib.contextmanager
def hold_project(state_folder: Path) -> Iterator[None]:
    """Hold the project for as long as the block runs. The system lets go when we are killed.

    Raises:
        BringupError: RUN001, another process holds it.
    """
    from filelock import FileLock, Timeout

    with faults_of(state_folder):
        state_folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(state_folder / "lock", timeout=0)
        holder = state_folder / "holder"
        try:
            lock.acquire()
        except Timeout:
            raise BringupError("RUN001", pid=_read_holder(holder)) from None
    try:
        # It only helps the message; the lock is what counts, on a full disk too.
        with contextlib.suppress(OSError):
            holder.write_text(str(os.getpid()), encoding="utf-8")
        yield
    finally:
        with contextlib.suppress(OSError):
            holder.unlink(missing_ok=True)
        lock.release()


def _read_holder(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip() or "?"
    except OSError:
        return "?"
