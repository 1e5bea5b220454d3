"""A stamp of a pass that found nothing to do, so that the next one need not look at everything.

It holds what that pass read: the machine's files that decide, with their signatures; the project's
files, the locks, the states and the environments' markers, with their digests. ``bringup sync``
compares them before it imports anything heavy. When one differs, or when there is no stamp, the
stages are gone through as ever: a stamp never decides that something must be done.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import bringup
from bringup.base.errors import BringupError
from bringup.base.files import digest_value, write_json
from bringup.base.signatures import changed_since, content_digest, signature

if TYPE_CHECKING:
    from bringup.machine.watch import Watch
    from bringup.workflow.context import Context

SCHEMA_VERSION: Final = 1
NAME: Final = "current.json"
STAGES: Final = ("probe", "lock", "sync")
"""The stages that a stamp speaks for."""
_PACKAGE: Final = Path(bringup.__file__).parent
_PROJECT_FILES: Final = ("bringup.toml", "pyproject.toml")
_MARGIN_NS: Final = 50_000_000
"""Clocks of file systems tick in steps; a change in the last step cannot be told from none."""
_OF_THE_TERMINAL: Final = frozenset(
    """
    _ PWD OLDPWD SHLVL COLUMNS LINES TERM COLORTERM NO_COLOR WINDOWID WINDOW TMUX TMUX_PANE STY
    TERM_SESSION_ID GPG_TTY SSH_CLIENT SSH_CONNECTION SSH_TTY SSH_AUTH_SOCK XDG_SESSION_ID
    LANG LC_ALL LC_MESSAGES BRINGUP_LANG PYTEST_CURRENT_TEST
    """.split()  # noqa: SIM905 - one list to read, not thirty lines
)
"""Variables that say nothing about the machine, its indexes or its Pythons."""


class Reading:
    """What is known of a project's own files before they are read."""

    def __init__(self, folder: Path) -> None:
        self.began_ns = _clock_ns() - _MARGIN_NS
        self.folder = folder.absolute()
        self.contents = {
            str(self.folder / name): content_digest(str(self.folder / name))
            for name in _PROJECT_FILES
        }


def current_target(folder: Path) -> str | None:
    """Return the target that the environments are made of, when nothing has changed since.

    None says only that somebody must look.
    """
    place = folder.absolute()
    try:
        stamp = json.loads((place / ".bringup" / NAME).read_text(encoding="utf-8"))
        if stamp["about"] != _about(place):
            return None
        for path, digest in stamp["contents"].items():
            if content_digest(path) != digest:
                return None
        for path, found in stamp["signatures"].items():
            if signature(path) != found:
                return None
        return str(stamp["target"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_stamp(context: Context, watch: Watch, reading: Reading) -> bool:
    """Write the stamp of a pass that brought the project up to sync at least.

    Says whether it was written: not where a file changed while the pass ran, for nobody knows
    which of its contents was read.
    """
    try:
        contents = {**reading.contents, **_of_states(context)}
        target = context.evidence("sync")["target"]["name"]
        given = {**watch.seen, **{str(path): signature(str(path)) for path in _given(context)}}
    except (BringupError, KeyError, OSError):
        return False
    if any(changed_since(found, reading.began_ns) for found in given.values()):
        return False
    ours = {str(path): signature(str(path)) for path in _ours(context)}
    document = {
        "about": _about(reading.folder),
        "target": target,
        "contents": contents,
        "signatures": {**given, **ours},
    }
    write_json(context.state_folder / NAME, document)
    return True


def _about(folder: Path) -> dict[str, Any]:
    """Return what else the answer depends on: the program, its variables, the running kernel."""
    uname = getattr(os, "uname", None)
    system = list(uname()) if uname is not None else [sys.platform]
    confstr = getattr(os, "confstr_names", {})
    libc = os.confstr("CS_GNU_LIBC_VERSION") if "CS_GNU_LIBC_VERSION" in confstr else None
    variables = {name: value for name, value in os.environ.items() if name not in _OF_THE_TERMINAL}
    return {
        "schema_version": SCHEMA_VERSION,
        "bringup": bringup.__version__,
        "folder": str(folder),
        "python": [sys.executable, sys.version, sys.prefix],
        "system": [*system, libc],
        # Variables may hold credentials; only their digest is kept.
        "variables": digest_value(variables),
    }


def _of_states(context: Context) -> dict[str, str | None]:
    """Return path -> digest of the states, the evidence and the outputs that must stay."""
    contents: dict[str, str | None] = {}
    for stage in STAGES:
        state = context.state(stage)
        path = str(context.state_folder / "stages" / f"{stage}.json")
        contents[path] = content_digest(path)
        contents[str(state.evidence_path)] = content_digest(str(state.evidence_path))
        for output in state.outputs.values():
            # As the stage left it: what is there now may be somebody's newer version.
            contents[output.path] = output.sha256.removeprefix("sha256:")
    return contents


def _given(context: Context) -> Iterable[Path]:
    """Yield what a pass up to sync reads of the project beside bringup.toml, and our tables."""
    from bringup.stack.requirements import with_included

    config, folder = context.config, context.folder
    named = [config.train.script, (config.train.model or "").partition(":")[0]]
    named.append(config.data.path if config.data is not None else None)
    yield from (folder / name for name in named if name)
    if config.environment.requirements_file is not None:
        yield from with_included(folder / config.environment.requirements_file)
    for place in context.machine.index_settings.constraints:
        yield from with_included(Path(place))
    for home in ("knowledge", "stack"):
        yield from (_PACKAGE / home).rglob("*.toml")


def _ours(context: Context) -> Iterable[Path]:
    """Yield what the pass itself may have made: the Pythons and packages of environments."""
    for row in context.evidence("sync")["environments"].values():
        home = Path(row["folder"])
        yield Path(row["python"])
        yield from (*home.glob("lib/python3*/site-packages"), *home.glob("Lib/site-packages"))


def _clock_ns() -> int:
    import time

    return time.time_ns()
