"""Signatures of what lies at a path: cheap to take, and another one when something has changed.

An ordinary file is known by its size, its times and its number on the disk: the time of the last
change of its state cannot be set back. What the kernel makes up when it is read (``/proc``,
``/sys``) has no such times and is known by what it says.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from typing import Final

Signature = list[int | str] | None
"""None: there is nothing at the path, or nothing that we may look at."""

_MADE_UP: Final = ("/proc/", "/sys/", "/dev/")
_READ_BYTES: Final = 1 << 16
_LIMIT_BYTES: Final = 1 << 20


def signature(path: str) -> Signature:
    """Return the signature of what lies at ``path``, links followed."""
    try:
        found = os.stat(path)  # noqa: PTH116 - hundreds of them, in a command of a tenth of a second
        if path.startswith(_MADE_UP):
            return _of_made_up(path, found)
    except (OSError, ValueError):
        return None
    times: list[int | str] = [found.st_mtime_ns, found.st_ctime_ns]
    place: list[int | str] = [found.st_ino, found.st_dev, found.st_mode]
    # The size of a folder says nothing that its times do not.
    return [*times, *place, *([] if stat.S_ISDIR(found.st_mode) else [found.st_size])]


def changed_since(found: Signature, moment_ns: int) -> bool:
    """Say whether an ordinary file or folder changed at or after a moment, ns since the epoch."""
    if found is None or len(found) < 5:
        return False
    return max(int(found[0]), int(found[1])) >= moment_ns


def content_digest(path: str) -> str | None:
    """Return the SHA-256 of a file's bytes, in hex; None when it cannot be read."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except (OSError, ValueError):
        return None


def _of_made_up(path: str, found: os.stat_result) -> Signature:
    if stat.S_ISDIR(found.st_mode):
        names = "\0".join(sorted(os.listdir(path)))  # noqa: PTH208 - names, not paths
        return ["names", hashlib.sha256(names.encode("utf-8", "replace")).hexdigest()]
    if not stat.S_ISREG(found.st_mode):
        return ["device", found.st_mode, found.st_rdev]
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        size = 0
        while size < _LIMIT_BYTES and (part := file.read(_READ_BYTES)):
            digest.update(part)
            size += len(part)
    return ["says", digest.hexdigest()]
