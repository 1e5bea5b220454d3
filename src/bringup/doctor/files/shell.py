"""Commands of shells, as far as installs are read out of them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import Final

from bringup.doctor.files.source import Install, Wanted

_PARTS: Final = re.compile(r"&&|\|\||;|\n")
_CALL: Final = re.compile(
    r"(?:^|\s|/)(?P<tool>[!%]?(?:python[\d.]*\s+-m\s+)?(?:uv\s+)?pip[\d.]*)\s+install\b(?P<rest>.*)",
    re.DOTALL,
)
_TAKES_VALUE: Final = frozenset(
    {"-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url", "-f"}
    | {"--find-links", "-t", "--target", "--trusted-host", "--timeout", "--retries", "--proxy"}
    | {"--root", "--prefix", "--src", "--platform", "--python-version", "--cache-dir", "--cert"}
    | {"-e", "--editable", "--index-strategy", "--index", "--default-index", "--python", "-p"}
)


def installs_in(command: str, line: int, lines: str | None = None) -> Iterator[Install]:
    """Yield the installs of a command.

    Args:
        command: its text, continuations joined.
        line: the line that it begins on.
        lines: the same text with its line breaks, to tell the line of each package.
    """
    for part in _PARTS.split(command):
        match = _CALL.search(part.strip())
        if match is not None:
            tool = match["tool"].replace("python -m ", "")
            yield _install(match["rest"], tool.split()[0], line, lines or command)


def _install(rest: str, tool: str, line: int, lines: str) -> Install:
    words = words_of(rest)
    wanted: list[Wanted] = []
    options: list[str] = []
    files: list[str] = []
    index = 0
    while index < len(words):
        word = words[index]
        if word in _TAKES_VALUE and index + 1 < len(words):
            value = words[index + 1]
            options += [word, value]
            files += [value] if word in {"-r", "--requirement"} else []
            index += 2
            continue
        if word.startswith("-"):
            options.append(word)
        else:
            wanted.append(Wanted(line + _line_within(lines, word), word))
        index += 1
    return Install(line, tuple(wanted), tuple(options), tuple(files), tool)


def _line_within(lines: str, word: str) -> int:
    match = re.search(rf"(?<![\w.-]){re.escape(word)}(?![\w.-])", lines)
    return 0 if match is None else lines.count("\n", 0, match.start())


def words_of(text: str) -> list[str]:
    """Split as a shell would; where quotes do not close, at blanks."""
    try:
        return shlex.split(text, comments=True)
    except ValueError:
        return text.split()
