"""All causes, read from their files.

Reading and checking a hundred and fifty files takes longer than explaining a log. So what was
read is kept in the user's cache folder, under the digest of the files and of the code that reads
them; without such a folder all works the same, only later.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from bringup.base.errors import BringupError, ErrorGroup
from bringup.explain.model import Cause, Harmless, Library, Pattern, Signature
from bringup.explain.schema import read_cause, read_harmless
from bringup.explain.words import Need, need_of

CAUSES: Final = Path(__file__).parent / "causes"
BENIGN_FILE: Final = "benign.toml"


@cache
def library() -> Library:
    """Return the causes that ship with bringup.

    Raises:
        ErrorGroup: a file is wrong (a mistake of ours: a test reads them all).
    """
    return read_library(CAUSES)


def read_library(folder: Path) -> Library:
    """Read all files of a folder.

    Raises:
        ErrorGroup: everything that is wrong with any file.
    """
    sources = {path.name: path.read_bytes() for path in sorted(folder.glob("*.toml"))}
    return library_of(sources)


def library_of(sources: Mapping[str, bytes]) -> Library:
    """Return the causes of files given by their names and contents.

    Raises:
        ErrorGroup: everything that is wrong with any file.
    """
    causes: list[Cause] = []
    harmless: tuple[Harmless, ...] = ()
    faults: list[BringupError] = []
    for name, content in sources.items():
        try:
            document = _parsed(name, content)
            if name == BENIGN_FILE:
                harmless = read_harmless(name, document)
            else:
                causes.append(read_cause(name, document))
        except ErrorGroup as group:
            faults.extend(group.errors)
        except BringupError as error:
            faults.append(error)
    faults.extend(_circles(causes))
    if faults:
        raise ErrorGroup(faults)
    signatures = [part for cause in causes for part in cause.signatures]
    signatures += [part.signature for part in harmless]
    return Library(tuple(causes), harmless, _needs(signatures))


def _parsed(name: str, content: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BringupError("LOG032", file=name, problem=str(error)) from error


def _needs(signatures: Iterable[Signature]) -> dict[Pattern, Need]:
    needs: dict[Pattern, Need] = {}
    for signature in signatures:
        for pattern in signature.patterns:
            if pattern not in needs:
                needs[pattern] = need_of(pattern.text)
    return needs


def _circles(causes: list[Cause]) -> list[BringupError]:
    """Return a fault for each circle of ``follows``: none of its causes could be the root."""
    follows = {cause.label: cause.follows for cause in causes}
    done: set[str] = set()
    faults: list[BringupError] = []

    def visit(label: str, path: tuple[str, ...]) -> None:
        if label in path:
            circle = path[path.index(label) :]
            faults.append(BringupError("LOG033", labels=" -> ".join((*circle, label))))
        elif label not in done:
            for other in follows.get(label, ()):
                visit(other, (*path, label))
            done.add(label)

    for label in follows:
        visit(label, ())
    return faults


def digest_of(sources: Mapping[str, bytes]) -> str:
    """Return a digest of files' names and contents."""
    digest = hashlib.sha256()
    for name, content in sources.items():
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
