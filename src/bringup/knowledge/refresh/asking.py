"""What the tables' own packages say on the package index, asked once and then kept."""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Any, Final, TypeVar

from bringup.base.errors import BringupError
from bringup.base.files import atomic_file, write_json
from bringup.stack.addresses import has_credentials
from bringup.stack.index import IndexClient, IndexFile

CONNECTIONS: Final = 6
_PAGE_AGE_S: Final = 24 * 3600.0

T = TypeVar("T")
R = TypeVar("R")


class Asking:
    """Asks one index about packages. Pages are kept for a day, a wheel's METADATA for good.

    ``cache`` is the folder where answers are kept, None for nowhere. ``on_question`` is told of
    each question that goes out to the index.
    """

    def __init__(
        self,
        client: IndexClient,
        index: str,
        *,
        cache: Path | None = None,
        on_question: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._client = client
        self._index = index
        self._cache = cache
        self._on_question = on_question
        self._lock = Lock()

    def files(self, package: str) -> list[IndexFile]:
        """Return all files of a package.

        Raises:
            UnreachableError, BringupError: as ``IndexClient.files``; KNW003, there are none.
        """
        kept = self._path("pages", f"{self._index} {package}", ".json")
        if kept is not None and _age_s(kept) < _PAGE_AGE_S and (rows := _read_rows(kept)):
            return rows
        # One page at a time: the client's own memory of pages is not made for threads.
        with self._lock:
            self._on_question(package)
            rows = self._client.files(self._index, package)
        if not rows:
            raise BringupError("KNW003", package=package)
        # An address with credentials is for this moment only, never for a file.
        if kept is not None and not any(has_credentials(row.url) for row in rows):
            write_json(kept, [_to_json(row) for row in rows])
        return rows

    def metadata(self, file: IndexFile) -> str:
        """Return the head of a wheel's METADATA: its fields, without the description.

        Raises:
            UnreachableError, BringupError: as ``IndexClient.metadata``.
        """
        kept = self._path("metadata", f"{file.filename} {file.sha256}", ".txt")
        if kept is not None and file.sha256 and kept.is_file():
            return kept.read_text(encoding="utf-8")
        self._on_question(file.filename)
        text = self._client.metadata(file).decode("utf-8", "replace").replace("\r\n", "\n")
        head = text.partition("\n\n")[0] + "\n"
        if kept is not None:
            with atomic_file(kept, "w") as out:
                out.write(head)
        return head

    def content(self, file: IndexFile) -> bytes:
        """Return the bytes of a small file.

        Raises:
            UnreachableError, BringupError: as ``IndexClient.stream``; KNW004, another digest.
        """
        kept = self._path("files", f"{file.filename} {file.sha256}", ".bin")
        if kept is not None and file.sha256 and kept.is_file():
            return kept.read_bytes()
        self._on_question(file.filename)
        with self._client.stream(file.url) as download:
            body = b"".join(download.chunks)
        if file.sha256 is not None and hashlib.sha256(body).hexdigest() != file.sha256:
            raise BringupError("KNW004", file=file.filename, reason="its SHA-256 differs")
        if kept is not None:
            with atomic_file(kept) as out:
                out.write(body)
        return body

    def each(self, function: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """Return ``function`` of each item, a few at once, in their order."""
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            futures = [pool.submit(function, item) for item in items]
            try:
                return [future.result() for future in futures]
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _path(self, kind: str, name: str, suffix: str) -> Path | None:
        if self._cache is None:
            return None
        # The address of an index may hold credentials; a digest does not.
        return self._cache / kind / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}{suffix}"


def _age_s(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return float("inf")


def _read_rows(path: Path) -> list[IndexFile]:
    try:
        return [_from_json(row) for row in json.loads(path.read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError, KeyError):
        return []


def _to_json(file: IndexFile) -> dict[str, Any]:
    return {
        "filename": file.filename,
        "url": file.url,
        "sha256": file.sha256,
        "size": file.size,
        "requires_python": file.requires_python,
        "yanked": file.yanked,
        "uploaded": file.uploaded and file.uploaded.isoformat(),
    }


def _from_json(row: dict[str, Any]) -> IndexFile:
    day = row.pop("uploaded")
    return IndexFile(**row, uploaded=day and datetime.date.fromisoformat(day))


def today() -> datetime.date:
    """Return the date that new rows carry; SOURCE_DATE_EPOCH sets it."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    moment = datetime.datetime.fromtimestamp(float(epoch or time.time()), datetime.UTC)
    return moment.date()
