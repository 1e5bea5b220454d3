"""Where a data set's files lie in the cache, and which of them are whole."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from filelock import FileLock, Timeout

from bringup.base.errors import BringupError
from bringup.base.files import digest_file, faults_of, write_json
from bringup.datasets.callbacks import Notify
from bringup.knowledge.datasets import DataFile, DataSet

_STAMPS: Final = ".stamps.json"
_PARTIAL: Final = ".partial"


def dataset_folder(cache: Path, name: str) -> Path:
    """Return the folder that holds the files of a data set."""
    return cache / "datasets" / name


class Store:
    """The files of one data set in the cache.

    A stamp (size and time of change) says that a file's digest has been checked; only files
    without one are hashed again.
    """

    def __init__(self, row: DataSet, cache: Path) -> None:
        self._row = row
        self.folder = dataset_folder(cache, row.name)
        self.partial = self.folder / _PARTIAL

    def path(self, file: DataFile) -> Path:
        """Return where a file lies, there or not."""
        return self.folder / file.name

    def paths(self) -> dict[str, Path]:
        """Return where all files lie: file name -> path."""
        return {file.name: self.path(file) for file in self._row.files}

    def is_stamped(self) -> bool:
        """Say whether every file is there, unchanged since its digest was checked."""
        stamps = self._stamps()
        return all(self._matches(file, stamps) for file in self._row.files)

    def missing(self, notify: Notify) -> list[DataFile]:
        """Return the files that are not there; a damaged one is removed and counts as missing.

        Raises:
            BringupError: FIL002 or FIL003, a damaged file cannot be removed.
        """
        stamps = self._stamps()
        missing = []
        for file in self._row.files:
            path = self.path(file)
            if self._matches(file, stamps):
                continue
            if _is_whole(path, file):
                self.stamp(file)
                continue
            missing.append(file)
            if path.exists():
                with faults_of(path):
                    path.unlink()
                notify("DAT014", {"name": self._row.name, "file": file.name})
        return missing

    def stamp(self, file: DataFile) -> None:
        """Record that a file's digest is as it must be."""
        status = self.path(file).stat()
        row = {"bytes": status.st_size, "mtime_ns": status.st_mtime_ns, "sha256": file.sha256}
        # A cache that we may read but not write is a good cache: it is hashed each time.
        with contextlib.suppress(BringupError):
            write_json(self.folder / _STAMPS, {**self._stamps(), file.name: row})

    @contextlib.contextmanager
    def locked(self, notify: Notify) -> Iterator[None]:
        """Hold the data set's lock; says so when another process has it, and waits.

        Raises:
            BringupError: FIL001, FIL002 or FIL003, the cache cannot be written.
        """
        lock = FileLock(self.folder / ".lock")
        with faults_of(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                notify("DAT011", {"name": self._row.name})
                lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def sweep(self) -> None:
        """Remove what a killed process left while it wrote a file's last form."""
        for part in self.folder.glob(".*.part"):
            part.unlink(missing_ok=True)

    def drop_partial(self) -> None:
        """Remove the unfinished downloads, once all files are there."""
        shutil.rmtree(self.partial, ignore_errors=True)

    def _stamps(self) -> dict[str, Any]:
        try:
            stamps = json.loads((self.folder / _STAMPS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return stamps if isinstance(stamps, dict) else {}

    def _matches(self, file: DataFile, stamps: dict[str, Any]) -> bool:
        stamp = stamps.get(file.name)
        if not isinstance(stamp, dict) or stamp.get("sha256") != file.sha256:
            return False
        try:
            status = self.path(file).stat()
        except OSError:
            return False
        found = (status.st_size, status.st_mtime_ns)
        return found == (stamp.get("bytes"), stamp.get("mtime_ns"))


def _is_whole(path: Path, file: DataFile) -> bool:
    try:
        return path.stat().st_size == file.bytes and digest_file(path) == file.sha256
    except OSError:
        return False
