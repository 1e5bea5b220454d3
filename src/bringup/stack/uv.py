"""The uv binary: where it is, how it runs."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, Final

from bringup.base.errors import BringupError
from bringup.base.processes import Completed, limited, run, start
from bringup.machine.redact import redacted

_DEFAULT_INDEX: Final = re.compile(r"--default-index.*?by default:\s*<([^>]+)>", re.DOTALL)
_ANSI: Final = re.compile(r"\x1b\[[0-9;]*m")
_STDERR_LIMIT_BYTES: Final = 1 << 20


def find_uv() -> str:
    """Return the path of the uv binary that came with us, else the one on the PATH.

    Raises:
        BringupError: STK001, there is none.
    """
    import uv

    try:
        return str(uv.find_uv_bin())
    except FileNotFoundError:
        if path := shutil.which("uv"):
            return path
        raise BringupError("STK001") from None


@cache
def builtin_index() -> str:
    """Return the index that uv takes when nobody set one, as uv itself says."""
    completed = run([find_uv(), "pip", "compile", "--help"], timeout_s=30)
    match = _DEFAULT_INDEX.search(completed.stdout)
    if match is None:
        raise BringupError("STK002", output=completed.stdout[:200])
    return match[1]


def run_uv(
    arguments: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    timeout_s: float,
    on_line: Callable[[str], None] | None = None,
    cwd: Path | None = None,
) -> Completed:
    """Run uv to its end. ``on_line`` takes each line that it says meanwhile.

    Raises:
        BringupError: STK001; PRC002 (it did not end in time and was killed).
    """
    argv = (find_uv(), *(str(word) for word in arguments))
    with tempfile.TemporaryFile() as out:
        process = start(argv, stdout=out, stderr=subprocess.PIPE, env=env, cwd=cwd)
        with limited(process, timeout_s) as late:
            assert process.stderr is not None
            lines = _read_lines(process.stderr, on_line)
            returncode = process.wait()
        if late.is_set():
            command = " ".join(("uv", *argv[1:3]))
            raise BringupError("PRC002", command=command, limit_s=timeout_s)
        out.seek(0)
        stdout = out.read(_STDERR_LIMIT_BYTES).decode("utf-8", "replace")
    return Completed(argv, returncode, stdout, "\n".join(lines))


def _read_lines(stream: IO[bytes], on_line: Callable[[str], None] | None) -> list[str]:
    lines: list[str] = []
    size = 0
    with stream:
        for raw in stream:
            line = clean(raw.decode("utf-8", "replace").rstrip())
            size += len(line)
            if size < _STDERR_LIMIT_BYTES:
                lines.append(line)
            if on_line is not None and line:
                on_line(line)
    return lines


def clean(text: str) -> str:
    """Return uv's words without colours and without credentials."""
    return redacted(_ANSI.sub("", text))
