"""All causes, read from their files.

Checking a thousand patterns takes longer than explaining a log. So what was read and checked is
kept in the user's cache folder, under the digest of the files and of the code that reads them;
where that folder cannot be used all works the same, only later.
"""

from __future__ import annotations

import contextlib
import gc
import hashlib
import json
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from bringup.base.caches import cache_folder
from bringup.base.errors import BringupError, ErrorGroup
from bringup.base.files import write_text
from bringup.explain.kept import kept_cause, kept_harmless
from bringup.explain.model import Cause, Harmless, Library, Pattern, Signature
from bringup.explain.words import Need

CAUSES: Final = Path(__file__).parent / "causes"
BENIGN_FILE: Final = "benign.toml"
CACHE_FOLDER: Final = "explain"
_KEPT: Final = 4
"""Versions of the causes that are kept: of several installations, of a developer's branches."""
_READERS: Final = (
    "library",
    "kept",
    "schema",
    "model",
    "outcome",
    "words",
    "linear",
    "normal",
    "conditions",
    "functions",
)


@cache
def library() -> Library:
    """Return the causes that ship with bringup.

    Raises:
        ErrorGroup: a file is wrong (a mistake of ours: a test reads them all).
    """
    return read_library(CAUSES, keep=cache_folder() / CACHE_FOLDER)


def read_library(folder: Path, *, keep: Path | None = None) -> Library:
    """Read all files of a folder; ``keep`` is where what was read is kept.

    Raises:
        ErrorGroup: everything that is wrong with any file.
    """
    sources = {path.name: path.read_bytes() for path in sorted(folder.glob("*.toml"))}
    if keep is None:
        return library_of(sources)
    digest = digest_of(sources)
    file = keep / f"{digest[:16]}.json"
    if (known := _kept(file, digest)) is not None:
        return known
    documents = _documents(sources)
    made = _library(documents)
    text = json.dumps(_to_keep(digest, documents, made), ensure_ascii=False, default=str)
    # Without a cache it only takes longer.
    with contextlib.suppress(BringupError, OSError):
        write_text(file, text)
        _sweep(keep)
    return made


def _sweep(keep: Path) -> None:
    """Remove what was kept of versions that are long gone."""
    files = sorted(keep.glob("*.json"), key=lambda path: path.stat().st_mtime)
    for old in files[:-_KEPT]:
        old.unlink(missing_ok=True)


def library_of(sources: Mapping[str, bytes]) -> Library:
    """Return the causes of files given by their names and contents.

    Raises:
        ErrorGroup: everything that is wrong with any file.
    """
    return _library(_documents(sources))


def digest_of(sources: Mapping[str, bytes]) -> str:
    """Return a digest of files' names and contents, and of the code that reads them."""
    code = {f"{name}.py": (CAUSES.parent / f"{name}.py").read_bytes() for name in _READERS}
    # What a pattern needs is read with the interpreter's own parser.
    digest = hashlib.sha256(repr(sys.version_info[:3]).encode())
    for name, content in (*code.items(), *sources.items()):
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _documents(sources: Mapping[str, bytes]) -> dict[str, dict[str, Any]]:
    documents = {}
    faults = []
    for name, content in sources.items():
        try:
            documents[name] = tomllib.loads(content.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(BringupError("LOG032", file=name, problem=str(error)))
    if faults:
        raise ErrorGroup(faults)
    return documents


def _library(documents: Mapping[str, Any]) -> Library:
    # Only who reads the files anew needs the checks.
    from bringup.explain.schema import read_cause, read_harmless
    from bringup.explain.words import need_of

    causes: list[Cause] = []
    harmless: tuple[Harmless, ...] = ()
    faults: list[BringupError] = []
    for name, document in documents.items():
        try:
            if name == BENIGN_FILE:
                harmless = read_harmless(name, document)
            else:
                causes.append(read_cause(name, document))
        except ErrorGroup as group:
            faults.extend(group.errors)
    faults.extend(_circles(causes))
    if faults:
        raise ErrorGroup(faults)
    needs = {pattern: need_of(pattern.text) for pattern in _patterns(causes, harmless)}
    return Library(tuple(causes), harmless, needs)


def _patterns(causes: Iterable[Cause], harmless: Iterable[Harmless]) -> Iterator[Pattern]:
    signatures: list[Signature] = [part for cause in causes for part in cause.signatures]
    signatures += [part.signature for part in harmless]
    yield from dict.fromkeys(pattern for part in signatures for pattern in part.patterns)


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


def _to_keep(digest: str, documents: Mapping[str, Any], made: Library) -> dict[str, Any]:
    rows = [
        [pattern.text, pattern.span, _plain(need.words), _plain(need.solid)]
        for pattern, need in made.needs.items()
    ]
    return {"digest": digest, "documents": documents, "needs": rows}


def _kept(keep: Path, digest: str) -> Library | None:
    """Return what was kept of just these files; anything odd about it counts as nothing."""
    # Nothing of what is made here is garbage: looking for it takes longer than making it.
    collects = gc.isenabled()
    gc.disable()
    try:
        document = json.loads(keep.read_bytes())
        if document["digest"] != digest:
            return None
        needs = {
            Pattern(text, span): Need(_clauses(words), _clauses(solid))
            for text, span, words, solid in document["needs"]
        }
        documents = document["documents"]
        benign = documents.pop(BENIGN_FILE, {})
        causes = tuple(kept_cause(row) for row in documents.values())
        return Library(causes, kept_harmless(benign), needs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, BringupError):
        return None
    finally:
        if collects:
            gc.enable()


def _plain(clauses: tuple[tuple[bytes, ...], ...]) -> list[list[str]]:
    return [[text.decode("latin-1") for text in clause] for clause in clauses]


def _clauses(rows: list[list[str]]) -> tuple[tuple[bytes, ...], ...]:
    return tuple(tuple(text.encode("latin-1") for text in row) for row in rows)
