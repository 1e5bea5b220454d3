"""Which files of the project a Python file brings in: its modules, followed from file to file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def with_imported(file: Path, folder: Path) -> list[Path]:
    """Return ``file`` and the modules of the project that it imports, directly or through others.

    A module is looked for beside the file that was started and in the project's folder, as Python
    does. What is imported by a computed name is not seen. A file that cannot be parsed imports
    nothing here: running it will say why.
    """
    roots = list(dict.fromkeys((file.parent, folder)))
    found: list[Path] = []
    waiting = [file]
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found.append(path)
        for base, parts in _imports(path):
            for root in roots if base is None else (base,):
                waiting += _files_of(root, parts)
    return sorted(found)


def _imports(path: Path) -> Iterator[tuple[Path | None, list[str]]]:
    """Yield where to look (None: where Python looks) and the dotted name, for each import."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, OSError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield None, alias.name.split(".")
        elif isinstance(node, ast.ImportFrom):
            base = path.parents[node.level - 1] if 0 < node.level <= len(path.parents) else None
            parts = node.module.split(".") if node.module else []
            for alias in node.names:
                # What is imported from a package may be a module of it.
                yield base, [*parts, alias.name]


def _files_of(root: Path, parts: list[str]) -> Iterator[Path]:
    """Yield the files that are run when a dotted name is imported from ``root``."""
    place = root
    for part in parts:
        yield place / f"{part}.py"
        place /= part
        yield place / "__init__.py"
