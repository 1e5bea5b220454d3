"""Locks that name no path of this machine where the same file can be had from an index.

uv writes where it found a file: of a find-links folder or of an index of ``file://`` addresses
that is a path of this machine. An index that answers everybody often holds the same file; the
same is what has the same SHA-256.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from bringup.base.errors import BringupError
from bringup.base.files import write_text
from bringup.machine.model import Machine
from bringup.machine.redact import redacted
from bringup.stack.addresses import is_local, without_credentials
from bringup.stack.index import IndexClient, configured_indexes
from bringup.stack.model import Note

CONNECT_TIMEOUT_S = 3.0
"""Nothing is lost when an index does not answer: the path stays, and that is said."""


class Portable:
    """Gives lock files addresses that work elsewhere. Use it as a context manager."""

    def __init__(self, machine: Machine) -> None:
        offline = bool(machine.value("index.uv.offline"))
        places = [] if offline else configured_indexes(machine)
        self._indexes = [place for place in places if not is_local(place)]
        self._client = IndexClient(machine, connect_timeout_s=CONNECT_TIMEOUT_S, attempts=1)

    def __enter__(self) -> Portable:
        self._client.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._client.__exit__(*error)

    def rewrite(self, pylock: Path) -> Note | None:
        """Give the files of a lock public addresses, and take credentials out of all.

        Returns:
            A note that names the files that only this machine has; None when there are none.
        """
        text = pylock.read_text(encoding="utf-8")
        document = tomllib.loads(text)
        kept: list[str] = []
        for package, row in _files(document):
            address = row.get("url")
            if not isinstance(address, str) or not is_local(address):
                continue
            if public := self._public(package, row):
                text = text.replace(f'"{address}"', f'"{public}"')
            else:
                kept.append(address)
        for address in _addresses(document):
            text = text.replace(address, without_credentials(address))
        write_text(pylock, text)
        if not kept:
            return None
        params = {"count": len(kept), "file": redacted(kept[0])}
        return Note("STK075", params, warning=True)

    def _public(self, package: str, row: dict[str, Any]) -> str | None:
        sha256 = row.get("hashes", {}).get("sha256")
        for index in list(self._indexes):
            try:
                files = self._client.files(index, package)
            except BringupError:
                self._indexes.remove(index)
                continue
            for file in files:
                if sha256 is not None and file.sha256 == sha256 and not is_local(file.url):
                    return without_credentials(file.url)
        return None


def _files(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each file of a lock with the package that it belongs to."""
    for package in document["packages"]:
        name = canonicalize_name(package["name"])
        rows = [*package.get("wheels", ()), package.get("sdist"), package.get("archive")]
        yield from ((name, row) for row in rows if row is not None)


def _addresses(value: Any) -> Iterator[str]:
    """Yield all addresses anywhere in a lock."""
    if isinstance(value, dict):
        for item in value.values():
            yield from _addresses(item)
    elif isinstance(value, list):
        for item in value:
            yield from _addresses(item)
    elif isinstance(value, str) and "://" in value:
        yield value
