"""One file from an address to the disk: goes on where an earlier try ended."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from bringup.base.errors import BringupError, UnreachableError
from bringup.base.files import faults_of
from bringup.datasets.callbacks import Notify, Progress
from bringup.stack.index import Download, IndexClient

_ATTEMPTS: Final = 5


class DamagedError(BringupError):
    """What came is not what the table promises: size, digest, or an archive that cannot be read."""


def download(
    client: IndexClient,
    url: str,
    part: Path,
    *,
    name: str,
    total_bytes: int | None,
    notify: Notify,
    progress: Progress,
) -> None:
    """Bring the bytes at ``url`` to ``part``, appending to what is there already.

    ``part`` is left behind when this process is killed or the line breaks. Whether its bytes
    are right is for the caller to check: a server may have changed the file in between.

    Raises:
        UnreachableError: the line broke again and again without a byte more.
        DamagedError: DAT021, the server's file has another size than ``total_bytes``.
        BringupError: FIL001 and kin, the disk refuses.
    """
    with faults_of(part):
        part.parent.mkdir(parents=True, exist_ok=True)
    held = _size(part)
    if held and held == total_bytes:
        return
    if held:
        notify("DAT012", {"file": name, "done_bytes": held})
    for attempt in range(1, _ATTEMPTS + 1):
        held = _size(part)
        try:
            with client.stream(url, offset=held) as stream:
                _append(stream, part, name=name, total_bytes=total_bytes, progress=progress)
        except UnreachableError:
            if attempt == _ATTEMPTS or _size(part) <= held:
                raise
        else:
            return


def _append(
    stream: Download, part: Path, *, name: str, total_bytes: int | None, progress: Progress
) -> None:
    expected = total_bytes if total_bytes is not None else stream.total_bytes
    if None not in {stream.total_bytes, total_bytes} and stream.total_bytes != total_bytes:
        raise DamagedError("DAT021", file=name, found=stream.total_bytes, expected=total_bytes)
    done = stream.start
    with faults_of(part):
        part.touch()
        if _size(part) != done:
            # A server that does not resume starts again at 0, and so does the file.
            os.truncate(part, done)
    progress(name, done, expected)
    for chunk in stream.chunks:
        with faults_of(part), part.open("ab", buffering=0) as file:
            file.write(chunk)
        done += len(chunk)
        progress(name, done, expected)
    if expected is not None and done < expected:
        raise UnreachableError("DAT028", file=name, found=done, expected=expected)
    if expected is not None and done > expected:
        raise DamagedError("DAT021", file=name, found=done, expected=expected)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
