"""``[environment]``: version specifiers and requirements that can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name

from bringup.project.checks.files import check_file
from bringup.project.document import Document
from bringup.project.faults import ProjectError, Text
from bringup.project.positions import Span
from bringup.project.source import Source

_PYTHON: Final = ("environment", "python")
_FILE: Final = ("environment", "requirements_file")
_REQUIREMENT_EXAMPLE: Final = "numpy>=2"
# What pip and uv take in a requirements file beside requirements: options, paths, addresses.
_NOT_BY_NAME: Final = re.compile(r"-|\.{0,2}/|[a-z][a-z+]*://|.*\.(whl|zip|tar\.gz)$|[A-Za-z]:\\")


def check(document: Document) -> Iterator[ProjectError]:
    """Yield what is wrong with ``[environment]``."""
    yield from _check_python(document)
    yield from _check_requirements(document)
    faults = list(check_file(document, _FILE))
    yield from faults
    name = document.text(*_FILE)
    if name is not None and not faults:
        yield from _check_requirements_file(document.folder / name)


def _check_python(document: Document) -> Iterator[ProjectError]:
    found = document.text(*_PYTHON)
    if found is None:
        return
    try:
        SpecifierSet(found)
    except InvalidSpecifier:
        version = re.fullmatch(r"\s*(?:python)?\s*(\d+(?:\.\d+)*)\s*", found, re.IGNORECASE)
        meant = f"=={version[1]}.*" if version else ">=3.11"
        code = "PRJ103" if version else "PRJ120"
        advice = Text(code, line=f'python = "{meant}"')
        yield document.fault("PRJ050", _PYTHON, advice=advice, found=found)


def _check_requirements(document: Document) -> Iterator[ProjectError]:
    seen: dict[tuple[str, str], str] = {}
    for index, text in document.texts("environment", "requirements"):
        place = ("environment", "requirements", index)
        try:
            requirement = Requirement(text)
        except InvalidRequirement:
            advice = Text("PRJ120", line=f'"{_meant(text)}"')
            yield document.fault("PRJ051", place, advice=advice, found=text)
            continue
        # The same package for another system, by a marker, is no repetition.
        key = (canonicalize_name(requirement.name), str(requirement.marker))
        if key in seen:
            yield document.fault("PRJ052", place, name=key[0], first=seen[key])
        seen.setdefault(key, text)


def _check_requirements_file(path: Path) -> Iterator[ProjectError]:
    source = Source.of(path, path.read_text(encoding="utf-8", errors="replace"))
    for text, span in requirement_lines(source.text):
        try:
            Requirement(text)
        except InvalidRequirement:
            advice = Text("PRJ120", line=_meant(text))
            yield ProjectError("PRJ051", source.mark(span), advice=advice, found=text)


def requirement_lines(text: str) -> Iterator[tuple[str, Span]]:
    """Yield the requirements by name of a requirements file, each with its place.

    Options, paths and addresses are left to the installer.
    """
    start = 0
    # A backslash at the end joins a line with the next one; the length must not change.
    for line in re.sub(r"\\\n", "  ", text).split("\n"):
        # Options of one requirement (--hash=...) follow it; a comment needs a blank before it.
        body = re.split(r"(?:^|\s)#|\s--", line, maxsplit=1)[0]
        item = body.strip()
        if item and not _NOT_BY_NAME.match(item):
            at = start + body.index(item)
            yield item, Span(at, at + len(item))
        start += len(line) + 1


def _meant(text: str) -> str:
    """Return the requirement that is most likely meant, or an example."""
    # The commonest slips: one "=", conda's form; "=>" for ">="; a blank for "==".
    form = re.fullmatch(r"\s*([\w.-]+)\s*(=|=>|=<|\s)\s*v?(\d[\w.*]*)\s*", text)
    if form is None:
        return _REQUIREMENT_EXAMPLE
    symbol = {"=>": ">=", "=<": "<="}.get(form[2], "==")
    return f"{form[1]}{symbol}{form[3]}"
