"""The kinds of source: a mirror, an installed package, an archive on the package index."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from bringup.base.errors import BringupError, UnreachableError
from bringup.base.files import CHUNK_BYTES, atomic_file, digest_file, digest_value
from bringup.datasets.callbacks import Notify, Progress
from bringup.datasets.download import DamagedError, download
from bringup.datasets.store import Store
from bringup.knowledge.datasets import (
    DataFile,
    IndexSource,
    InstalledSource,
    MirrorSource,
    Source,
)
from bringup.machine.model import Machine
from bringup.stack.index import IndexClient, IndexFile, configured_indexes, redacted

MIRROR_LIMIT_S: Final = 2.0
"""A mirror that has not begun to answer by then is passed over."""


@dataclass(frozen=True, slots=True)
class Job:
    """What all kinds of source need."""

    store: Store
    machine: Machine
    site_packages: Path | None
    notify: Notify
    progress: Progress


def name_of(source: Source) -> str:
    """Return a source's name for people."""
    if isinstance(source, MirrorSource):
        return source.base
    if isinstance(source, InstalledSource):
        return f"{source.package} (installed)"
    return f"{source.archive} (package index)"


def take_from(source: Source, missing: Sequence[DataFile], job: Job) -> None:
    """Bring the missing files from one source into the store; what it gave before a fault stays.

    Raises:
        UnreachableError: the source does not answer.
        DamagedError: what it gave is not what the table promises.
        BringupError: it has no such file; FIL001 and kin, the disk refuses.
    """
    if isinstance(source, MirrorSource):
        _take_from_mirror(source, missing, job)
    elif isinstance(source, InstalledSource):
        _take_from_package(source, missing, job)
    else:
        _take_from_index(source, missing, job)


def silent_mirrors(
    sources: Sequence[Source], missing: Sequence[DataFile], machine: Machine
) -> dict[str, BringupError]:
    """Ask all mirrors at once; return those that do not begin to answer, each with the reason.

    One after the other, each unreachable mirror would cost its own time limit; and the limit of
    a connection does not cover the look-up of its name.
    """
    mirrors = [source for source in sources if isinstance(source, MirrorSource)]
    answers: dict[str, BringupError | None] = {}

    def ask(mirror: MirrorSource) -> None:
        url = mirror.base + next(mirror.files[file.name] for file in missing)
        try:
            with _mirror_client(machine) as client, client.stream(url):
                answers[mirror.base] = None
        except BringupError as error:
            answers[mirror.base] = error

    threads = [threading.Thread(target=ask, args=(mirror,), daemon=True) for mirror in mirrors]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + MIRROR_LIMIT_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    late = UnreachableError("DAT026", limit_s=MIRROR_LIMIT_S)
    found = {mirror.base: answers.get(mirror.base, late) for mirror in mirrors}
    return {base: error for base, error in found.items() if error is not None}


def _mirror_client(machine: Machine) -> IndexClient:
    return IndexClient(machine, connect_timeout_s=MIRROR_LIMIT_S, attempts=1)


def _take_from_mirror(source: MirrorSource, missing: Sequence[DataFile], job: Job) -> None:
    with _mirror_client(job.machine) as client:
        for file in missing:
            url = source.base + source.files[file.name]
            part = job.store.partial / f"{digest_value(url)[:16]}.part"

            def settle(part: Path = part, url: str = url, file: DataFile = file) -> None:
                with part.open("rb") as stream:
                    _settle(stream, file, job, packed=url.endswith(".gz"), archive=url)

            _obtain(client, url, part, settle, job, name=Path(url).name)


def _take_from_package(source: InstalledSource, missing: Sequence[DataFile], job: Job) -> None:
    for file in missing:
        path = None
        if job.site_packages is not None:
            path = job.site_packages / source.files[file.name]
        if path is None or not path.is_file():
            raise BringupError("DAT027", package=source.package)
        with path.open("rb") as stream:
            _settle(stream, file, job, packed=path.suffix == ".gz", archive=str(path))


def _take_from_index(source: IndexSource, missing: Sequence[DataFile], job: Job) -> None:
    part = job.store.partial / f"{source.archive_sha256[:16]}.part"

    def settle() -> None:
        found = digest_file(part)
        if found != source.archive_sha256:
            raise DamagedError(
                "DAT020", file=source.archive, found=found, expected=source.archive_sha256
            )
        _unpack(part, source, missing, job)

    with IndexClient(job.machine) as client:
        offer = _find_archive(client, source, job.machine)
        _obtain(
            client,
            offer.url,
            part,
            settle,
            job,
            name=source.archive,
            total_bytes=source.archive_bytes,
        )


def _find_archive(client: IndexClient, source: IndexSource, machine: Machine) -> IndexFile:
    """Return the archive at the first place that offers it: find-links places, then indexes."""
    settings = machine.index_settings
    asked: list[tuple[str, Callable[[str, str], list[IndexFile]]]] = [
        *((place, client.links) for place in settings.find_links),
        *((index, client.files) for index in configured_indexes(machine)),
    ]
    if not asked:
        raise UnreachableError("DAT025")
    errors: list[BringupError] = []
    for place, files in asked:
        try:
            offers = files(place, source.project)
        except BringupError as error:
            errors.append(error)
            continue
        for offer in offers:
            if offer.filename == source.archive:
                return offer
        errors.append(BringupError("DAT024", place=redacted(place), archive=source.archive))
    raise UnreachableError("DAT029", reasons="; ".join(str(error) for error in errors))


def _obtain(
    client: IndexClient,
    url: str,
    part: Path,
    settle: Callable[[], None],
    job: Job,
    *,
    name: str,
    total_bytes: int | None = None,
) -> None:
    """Download to ``part`` and settle its contents; a damaged part is removed.

    A part that an earlier try began may stem from a file that the server has changed since:
    then one try from the beginning follows.
    """
    resumed = part.exists()
    while True:
        try:
            download(
                client,
                url,
                part,
                name=name,
                total_bytes=total_bytes,
                notify=job.notify,
                progress=job.progress,
            )
            settle()
        except DamagedError:
            part.unlink(missing_ok=True)
            if not resumed:
                raise
            resumed = False
        else:
            part.unlink(missing_ok=True)
            return


def _unpack(part: Path, source: IndexSource, missing: Sequence[DataFile], job: Job) -> None:
    with _damage_of(source.archive), zipfile.ZipFile(part) as archive:
        members = set(archive.namelist())
        for file in missing:
            member = source.files[file.name]
            if member not in members:
                raise DamagedError("DAT022", archive=source.archive, file=member)
            with archive.open(member) as stream:
                packed = member.endswith(".gz")
                _settle(stream, file, job, packed=packed, archive=source.archive)


def _settle(stream: IO[bytes], file: DataFile, job: Job, *, packed: bool, archive: str) -> None:
    """Write a file's final form into the store, checked as it is written."""
    content = gzip.GzipFile(fileobj=stream) if packed else stream
    digest = hashlib.sha256()
    written = 0
    with atomic_file(job.store.path(file)) as target:
        # One byte more than expected is enough to know; an archive may unpack to anything.
        while chunk := _read(content, min(CHUNK_BYTES, file.bytes + 1 - written), archive):
            target.write(chunk)
            digest.update(chunk)
            written += len(chunk)
        if written != file.bytes:
            raise DamagedError("DAT021", file=file.name, found=written, expected=file.bytes)
        found = digest.hexdigest()
        if found != file.sha256:
            raise DamagedError("DAT020", file=file.name, found=found, expected=file.sha256)
    job.store.stamp(file)


def _read(stream: IO[bytes] | gzip.GzipFile, size: int, archive: str) -> bytes:
    # Said here: outside, a damaged gzip file would pass for a fault of the disk.
    with _damage_of(archive):
        return stream.read(size)


@contextlib.contextmanager
def _damage_of(archive: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DamagedError("DAT023", archive=archive, reason=error) from error
