"""What uv's errors mean: a code of ours with the cause in few words."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from bringup.base.errors import BringupError
from bringup.base.files import no_permission
from bringup.base.processes import Completed
from bringup.machine.model import Machine
from bringup.stack.uv import clean
from bringup.stack.uv_index_errors import Failure, index_error_of

_PATH: Final = re.compile(
    r"""[`'"]((?:/|[A-Za-z]:\\)[^`'"]+)[`'"]|(?:^|\s)((?:/|[A-Za-z]:\\)[^\s:`'"]+)"""
)
_CAUSES_SHOWN: Final = 12


def error_of(
    completed: Completed,
    *,
    folder: Path,
    machine: Machine | None = None,
    pylock: Path | None = None,
) -> BringupError:
    """Return the error that a failed run of uv means.

    Args:
        completed: the run.
        folder: where it wrote.
        machine: the facts that said where packages come from; the index is named with them.
        pylock: the lock that was installed, if one was.
    """
    error = _error_of(completed, folder, machine, pylock)
    error.output = clean(completed.stderr)
    return error


def _error_of(
    completed: Completed, folder: Path, machine: Machine | None, pylock: Path | None
) -> BringupError:
    said = clean(completed.stderr)
    reason = explanation_of(said)
    if re.search(_FULL, said, re.IGNORECASE):
        return BringupError("FIL001", path=_path_in(said, _FULL, folder))
    if (error := index_error_of(Failure(said, reason, machine, pylock))) is not None:
        return error
    for pattern, make in _MEANINGS:
        if re.search(pattern, said, re.IGNORECASE):
            return make(said, folder)
    return BringupError("STK053", reason=reason)


def explanation_of(said: str) -> str:
    """Return what uv says of an error, without its frame and its progress."""
    rows = [_plain(line) for line in said.splitlines()]
    told = ("warning:", "Resolved ", "Using ", "Downloading ", "Prepared ", "Building ", "Built ")
    keep = [row for row in rows if row and not row.startswith(told)]
    # The first row only says that there is an error when a cause follows.
    causes = keep[1:] if len(keep) > 1 else keep
    return "; ".join(causes[:_CAUSES_SHOWN]) or "uv gave no reason"


def _plain(line: str) -> str:
    text = line.strip().lstrip("×╰─▶├│ ").strip()
    for mark in ("error:", "cause:", "Caused by:"):
        text = text.removeprefix(mark).strip()
    return text


def _path_in(said: str, words: str, otherwise: Path) -> Path:
    """Return the path that uv names with ``words``: its cache may lie on another disk than ours."""
    line = next(row for row in said.splitlines() if re.search(words, row, re.IGNORECASE))
    paths = [Path(found[0] or found[1]) for found in _PATH.findall(line)]
    if not paths:
        return otherwise
    # uv's temporary names say nothing to people and are gone by now.
    hidden = (parent.parent for parent in (paths[-1], *paths[-1].parents) if _is_temporary(parent))
    return next(hidden, paths[-1])


def _is_temporary(path: Path) -> bool:
    return path.name.startswith(".tmp")


def _explained(code: str) -> Callable[[str, Path], BringupError]:
    return lambda said, _: BringupError(code, reason=explanation_of(said))


_FULL: Final = r"no space left on device|disk quota exceeded"
_DENIED: Final = r"permission denied|read-only file system"
_MEANINGS: Final[tuple[tuple[str, Callable[[str, Path], BringupError]], ...]] = (
    (r"no solution found", _explained("STK050")),
    (_DENIED, lambda said, folder: no_permission(_path_in(said, _DENIED, folder))),
    (r"failed to build|build backend", _explained("STK055")),
)
"""Pattern in what uv says -> the error; the first that is found counts."""
