"""The bytes of locked files: several at once, each held against its hash, and gone on with after
a kill.

Files that lie on this machine are used where they lie. What is downloaded is kept in the cache,
``wheels/<sha256>/``. uv's own cache cannot help: it holds wheels unpacked, without their bytes.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bringup.base.errors import BringupError, UnreachableError
from bringup.base.files import digest_file, faults_of
from bringup.environment.kit.locked import NeededFile
from bringup.machine.model import IndexSettings, Machine
from bringup.machine.redact import redacted
from bringup.stack.addresses import has_credentials, is_local, local_path
from bringup.stack.index import IndexClient

AT_ONCE: Final = 4
_ATTEMPTS: Final = 5
_PARTIAL: Final = ".partial"

Progress = Callable[[int, int | None], None]
"""Takes the bytes that are there and the bytes in all (None when the lock does not say)."""


def fetch_files(
    files: Sequence[NeededFile], *, machine: Machine, cache: Path, progress: Progress
) -> dict[str, Path]:
    """Return where the bytes of each file lie: SHA-256 -> path. Each has been held against it.

    Args:
        files: what is needed; the same file may stand there twice.
        machine: the facts that say where packages come from.
        cache: bringup's cache folder.
        progress: is called as bytes come, from several threads, one at a time.

    Raises:
        UnreachableError: STK010, STK011, KIT006: a file cannot be had; what came so far is kept.
        BringupError: KIT004 (other bytes than locked), STK012, FIL001 and kin.
    """
    unique = {file.sha256: file for file in files}
    job = _Job(machine, cache, _Count(list(unique.values()), progress))
    waiting = iter(unique.values())
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="fetch") as pool:
        futures = [pool.submit(job.work, waiting) for _ in range(min(AT_ONCE, len(unique)))]
        try:
            for future in futures:
                future.result()
        except BaseException:
            # The others stop at their next bytes; these are kept for the next call.
            job.stop.set()
            raise
    if job.fault is not None:
        raise job.fault
    return job.found


class _Stopped(Exception):  # noqa: N818 - no fault: somebody else has one
    """Another file failed, or the user interrupted."""


class _Count:
    """The bytes of all files together."""

    def __init__(self, files: Sequence[NeededFile], progress: Progress) -> None:
        sizes = [file.size for file in files]
        self._total = None if None in sizes else sum(size for size in sizes if size is not None)
        self._done: dict[str, int] = {}
        self._guard = threading.Lock()
        self._progress = progress

    def set(self, file: NeededFile, done: int) -> None:
        with self._guard:
            self._done[file.sha256] = done
            self._progress(sum(self._done.values()), self._total)


@dataclass
class _Job:
    machine: Machine
    cache: Path
    count: _Count
    stop: threading.Event = field(default_factory=threading.Event)
    found: dict[str, Path] = field(default_factory=dict)
    fault: BringupError | None = None
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def work(self, waiting: Iterator[NeededFile]) -> None:
        """Fetch one file after the other, with one set of connections."""
        try:
            with IndexClient(self.machine) as client:
                while not self.stop.is_set() and (file := self._next(waiting)) is not None:
                    self.found[file.sha256] = self._fetch(client, file)
        except _Stopped:
            return
        except BringupError as error:
            with self._guard:
                self.fault = self.fault or error
            self.stop.set()

    def _next(self, waiting: Iterator[NeededFile]) -> NeededFile | None:
        with self._guard:
            return next(waiting, None)

    def _fetch(self, client: IndexClient, file: NeededFile) -> Path:
        for path in self._local(file):
            if _is(path, file):
                self.count.set(file, path.stat().st_size)
                return path
        if is_local(file.place):
            raise _not_there(file)
        folder = self.cache / "wheels" / file.sha256
        path = folder / file.name
        with _held(folder):
            if not _is(path, file):
                self._download(client, file, folder / _PARTIAL)
                with faults_of(path):
                    (folder / _PARTIAL).replace(path)
        self.count.set(file, path.stat().st_size)
        return path

    def _local(self, file: NeededFile) -> Iterator[Path]:
        """Yield where the file may lie on this machine."""
        if is_local(file.place):
            yield local_path(file.place)
        for place in self.machine.index_settings.find_links:
            if is_local(place):
                yield local_path(place) / file.name

    def _download(self, client: IndexClient, file: NeededFile, part: Path) -> None:
        """Bring the whole file to ``part``; what an earlier try left is gone on with."""
        url = authorised(file.place, self.machine.index_settings)
        resumed = _size(part) > 0
        self._append(client, url, file, part)
        if _is(part, file):
            return
        if resumed:
            # The server may have had another file then, or the disk lost what we wrote.
            part.unlink()
            self._append(client, url, file, part)
            if _is(part, file):
                return
        found = digest_file(part)
        part.unlink()
        raise BringupError(
            "KIT004", file=file.name, place=redacted(file.place), wanted=file.sha256, found=found
        )

    def _append(self, client: IndexClient, url: str, file: NeededFile, part: Path) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            held = _size(part)
            try:
                if self._append_once(client, url, file, part):
                    return
                raise UnreachableError("STK010", place=redacted(url), reason="it ended too early")
            except UnreachableError:
                # A line that breaks again and again may still bring a bit more each time.
                if attempt == _ATTEMPTS or _size(part) <= held:
                    raise

    def _append_once(self, client: IndexClient, url: str, file: NeededFile, part: Path) -> bool:
        """Say whether the file's end was reached."""
        with client.stream(url, offset=_size(part)) as stream:
            with faults_of(part):
                part.touch()
                if _size(part) != stream.start:
                    # A server that does not resume starts again at 0, and so does the file.
                    os.truncate(part, stream.start)
            done = stream.start
            with faults_of(part), part.open("ab", buffering=0) as target:
                for chunk in stream.chunks:
                    if self.stop.is_set():
                        raise _Stopped
                    target.write(chunk)
                    done += len(chunk)
                    self.count.set(file, done)
            return stream.total_bytes is None or done >= stream.total_bytes


def authorised(url: str, settings: IndexSettings) -> str:
    """Return an address of a lock with the credentials that the settings have for its host."""
    parts = urlsplit(url)
    for place in _places(settings):
        known = urlsplit(place)
        if has_credentials(place) and (known.scheme, known.hostname, known.port) == (
            parts.scheme,
            parts.hostname,
            parts.port,
        ):
            user = known.netloc.rpartition("@")[0]
            return parts._replace(netloc=f"{user}@{parts.netloc}").geturl()
    return url


def _places(settings: IndexSettings) -> Iterable[str]:
    index = [settings.index] if settings.index else []
    return (*index, *settings.extra_indexes, *settings.find_links)


def _not_there(file: NeededFile) -> BringupError:
    path = local_path(file.place)
    if path.is_file():
        found = digest_file(path)
        return BringupError("KIT004", file=file.name, place=path, wanted=file.sha256, found=found)
    return UnreachableError("KIT006", file=file.name, path=path)


@contextlib.contextmanager
def _held(folder: Path) -> Iterator[None]:
    """Let one process at a time fetch a file."""
    from filelock import FileLock

    with faults_of(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _is(path: Path, file: NeededFile) -> bool:
    try:
        if file.size is not None and path.stat().st_size != file.size:
            return False
        return digest_file(path) == file.sha256
    except OSError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
