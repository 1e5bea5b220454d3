"""Other programs: argument lists, time and output limits, and no orphan when we are killed."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from bringup.base.errors import BringupError

_PR_SET_PDEATHSIG: Final = 1
_STOP_S: Final = 10.0
"""How long a process may take to stop when it is asked to."""
_INTERRUPTED_S: Final = 3.0
"""How long it may take when it was interrupted together with us."""
# Loaded once, before any fork: the child must call it without importing anything.
_LIBC: Final = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(frozen=True, slots=True)
class Completed:
    """How a command ended. Outputs longer than the limit are cut, which ``cut`` says."""

    argv: tuple[str, ...]
    returncode: int
    stdout: str
    stderr: str
    cut: bool = False

    @property
    def ok(self) -> bool:
        """Whether the command said that all is well."""
        return self.returncode == 0


def run(
    argv: Sequence[str | Path],
    *,
    timeout_s: float,
    output_limit_bytes: int = 4 << 20,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> Completed:
    """Run a command to its end and return what it wrote. Standard input is empty.

    Raises:
        BringupError: PRC001, there is no such program; PRC002, it did not end in time (it has
            been killed).
    """
    words = tuple(str(word) for word in argv)
    # Files, not pipes: a command that writes without end cannot fill our memory.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = start(words, stdout=out, stderr=err, env=env, cwd=cwd)
        except OSError as error:
            raise BringupError("PRC001", program=words[0]) from error
        try:
            returncode = process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise BringupError("PRC002", command=" ".join(words), limit_s=timeout_s) from error
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        stdout, stdout_cut = _head(out, output_limit_bytes)
        stderr, stderr_cut = _head(err, output_limit_bytes)
    return Completed(words, returncode, stdout, stderr, stdout_cut or stderr_cut)


def start(
    argv: Sequence[str | Path],
    *,
    stdin: int | IO[Any] | None = subprocess.DEVNULL,
    stdout: int | IO[Any] | None = None,
    stderr: int | IO[Any] | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command that dies with us (on Linux even when we are killed with SIGKILL).

    Raises:
        OSError: the program cannot be started.
    """
    return subprocess.Popen(
        [str(word) for word in argv],
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        env=None if env is None else dict(env),
        cwd=cwd,
        # One system call through a library loaded before: safe between fork and exec.
        preexec_fn=_death_signal_setter(),  # noqa: PLW1509
    )


@contextlib.contextmanager
def limited(process: subprocess.Popen[bytes], limit_s: float) -> Iterator[threading.Event]:
    """Kill ``process`` when it does not end within ``limit_s``, and when the block fails.

    The event that the block is given tells whether the limit was what ended it.
    """
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(limit_s, stop)
    timer.daemon = True
    timer.start()
    try:
        yield late
    finally:
        timer.cancel()
        if process.poll() is None:
            process.kill()
            process.wait()


@contextlib.contextmanager
def stopping(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Leave no process behind: ask it to stop at the end of the block, then make it."""
    try:
        yield
    except KeyboardInterrupt:
        # A terminal interrupts all processes in the foreground: this one may be about to end.
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_INTERRUPTED_S)
        raise
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
        process.wait()


def signal_name(number: int) -> str:
    """Return the name of a signal, ``SIGKILL`` for 9; one that Python has no name for as it is."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def shell_code(returncode: int) -> int:
    """Return the exit code that a shell would give: 128 + n for what signal n ended."""
    return returncode if returncode >= 0 else 128 - returncode


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends; on Linux only.

    ``start`` asks the same for its child; this is for a process that somebody else started.
    """
    setter = _death_signal_setter(os.getppid())
    if setter is not None:
        setter()


def _death_signal_setter(parent: int | None = None) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    libc = _LIBC
    expected = os.getpid() if parent is None else parent

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        # The parent may have died between the fork and the call above.
        if os.getppid() != expected:
            os._exit(int(signal.SIGKILL) + 128)

    return ask


def _head(file: IO[bytes], limit_bytes: int) -> tuple[str, bool]:
    file.seek(0)
    data = file.read(limit_bytes + 1)
    return data[:limit_bytes].decode("utf-8", "replace"), len(data) > limit_bytes
