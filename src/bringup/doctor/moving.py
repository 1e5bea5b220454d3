"""Move files and folders so that a kill leaves the old one or the new one, and never half of it.

``shutil.move`` copies between file systems under the final name: killed there, half a folder looks
like the whole one.
"""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Final

_PART: Final = ".part"
_REST: Final = ".rest"


def move(source: Path, target: Path, *, from_journal: bool = False) -> None:
    """Move ``source`` to ``target``, which must not be there; links are moved, not followed.

    ``target`` is there only when it is whole. Killed thereafter, rests of ``source`` may be left
    when both lie on different file systems.

    Args:
        source: a file, a link or a folder.
        target: its new name; the folders above it are made.
        from_journal: whether rests of ``source`` shall not keep its name either: it is whole, too,
            as long as it is there.

    Raises:
        OSError: the operating system refuses.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        source.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
    else:
        return
    part = target.with_name(f".{target.name}{_PART}")
    remove(part)
    if source.is_dir() and not source.is_symlink():
        shutil.copytree(source, part, symlinks=True)
    else:
        shutil.copy2(source, part, follow_symlinks=False)
    part.rename(target)
    if from_journal:
        source = source.rename(source.with_name(f".{source.name}{_REST}"))
    remove(source)


def remove(path: Path) -> None:
    """Remove a file, a link or a whole folder; nothing where there is none."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    elif os.path.lexists(path):
        path.unlink()
