"""The program's entry: ``bringup sync`` with nothing to do is answered before anything is loaded.

The command line itself takes longer to load than the answer takes to find. Whatever is not
exactly that command, or is not plainly current, is left to the command line.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bringup.base.messages import LANGUAGES, choose_language, text_of

_QUIET: Final = ("-q", "--quiet")


@dataclass(frozen=True, slots=True)
class PlainSync:
    """``bringup [--lang LANG] sync [PROJECT] [--quiet]``."""

    folder: Path
    quiet: bool
    language: str | None


def run() -> None:
    """Run the program and leave with the exit code of the contract."""
    if answer_quickly(sys.argv[1:]):
        sys.exit(0)
    from bringup.cli.main import run as run_command_line

    run_command_line()


def answer_quickly(arguments: Sequence[str]) -> bool:
    """Say that there is nothing to do, where that is plain; return whether it was."""
    wish = plain_sync(arguments)
    if wish is None:
        return False
    from bringup.workflow.stamp import current_target

    target = current_target(wish.folder)
    if target is None:
        return False
    if not wish.quiet:
        choose_language(wish.language)
        sys.stderr.write(text_of("ENV033", target=target) + "\n")
    return True


def plain_sync(arguments: Sequence[str]) -> PlainSync | None:
    """Read a command that wants no more than the environments; None for any other."""
    rest, language = list(arguments), None
    if rest[:1] == ["--lang"] and len(rest) > 1 and rest[1] in LANGUAGES:
        language, rest = rest[1], rest[2:]
    if rest[:1] != ["sync"]:
        return None
    words = [word for word in rest[1:] if word not in _QUIET]
    if len(words) > 1 or any(word.startswith("-") for word in words):
        return None
    return PlainSync(Path(words[0] if words else "."), len(words) < len(rest) - 1, language)
