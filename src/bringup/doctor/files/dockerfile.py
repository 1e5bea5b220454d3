"""Dockerfiles: instructions with their lines, stages, and what the last stage is.

Source: https://docs.docker.com/reference/dockerfile/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bringup.doctor.files.shell import installs_in, words_of
from bringup.doctor.files.source import Command, Image, Kind, Source, Variable

_INSTRUCTION: Final = re.compile(r"\s*(?P<name>[A-Za-z]+)(?:\s+(?P<value>.*))?$", re.DOTALL)
_VARIABLE: Final = re.compile(r"\$\{?(\w+)(?::-([^}]*))?\}?")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. ``raw`` keeps the line breaks that ``value`` has joined."""

    line: int
    name: str
    value: str
    raw: str


def instructions(text: str) -> Iterator[Instruction]:
    """Yield the instructions, continuations joined, comments left out."""
    lines: list[str] = []
    start = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("#"):
            if lines:
                lines.append("")
            continue
        if not lines:
            if not line.strip():
                continue
            start = number
        lines.append(line.rstrip())
        if line.rstrip().endswith("\\"):
            continue
        yield from _instruction(lines, start)
        lines = []
    if lines:
        yield from _instruction(lines, start)


def _instruction(lines: list[str], start: int) -> Iterator[Instruction]:
    raw = "\n".join(line.removesuffix("\\") for line in lines)
    match = _INSTRUCTION.match(raw)
    if match is not None:
        value = " ".join((match["value"] or "").split("\n")).strip()
        yield Instruction(start, match["name"].upper(), value, raw)


def read_dockerfile(path: str, text: str) -> Source:
    """Read a Dockerfile. Users, copies and start commands are those of the last stage."""
    source = Source(path, Kind.DOCKERFILE, text)
    stages: set[str] = set()
    arguments: dict[str, str] = {}
    for row in instructions(text):
        if row.name == "FROM":
            _from(row, source, stages, arguments)
        elif row.name == "ARG" and not source.images:
            name, _, value = row.value.partition("=")
            arguments[name.strip()] = value.strip().strip("\"'")
        else:
            _other(row, source)
    return source


def _from(row: Instruction, source: Source, stages: set[str], arguments: dict[str, str]) -> None:
    words = [word for word in row.value.split() if not word.startswith("--")]
    if not words:
        return
    name = _VARIABLE.sub(lambda match: arguments.get(match[1], match[2] or match[0]), words[0])
    if name.lower() not in stages and name.lower() != "scratch":
        source.images.append(Image(row.line, name))
    if len(words) >= 3 and words[1].lower() == "as":
        stages.add(words[2].lower())
    # A new stage starts from nothing: what an earlier one did is not in the image.
    source.users.clear()
    source.copies.clear()
    source.commands[:] = [command for command in source.commands if command.role == "build"]


def _other(row: Instruction, source: Source) -> None:
    if row.name == "RUN":
        source.commands.append(Command(row.line, row.value))
        source.installs += installs_in(_plain(row.value), row.line, row.raw)
    elif row.name in {"CMD", "ENTRYPOINT"}:
        source.commands.append(Command(row.line, _plain(row.value), "start"))
    elif row.name == "USER":
        source.users.append(Variable(row.line, row.value.split(":")[0], row.value, "USER"))
    elif row.name in {"ENV", "ARG"}:
        source.variables += _variables(row)
    elif row.name in {"COPY", "ADD"}:
        words = [word for word in words_of(_plain(row.value)) if not word.startswith("--")]
        if len(words) >= 2 and "--from=" not in row.value:
            source.copies += [Variable(row.line, word, words[-1], row.name) for word in words[:-1]]


def _plain(value: str) -> str:
    """Return a command in exec form (a JSON list) as a line of words."""
    if value.startswith("["):
        try:
            return " ".join(str(word) for word in json.loads(value))
        except ValueError:
            return value
    return value


def _variables(row: Instruction) -> Iterator[Variable]:
    words = words_of(row.value)
    if words and "=" not in words[0]:
        name, _, value = row.value.partition(" ")
        yield Variable(row.line, name, value.strip(), row.name)
        return
    for word in words:
        name, _, value = word.partition("=")
        yield Variable(row.line, name, value, row.name)
