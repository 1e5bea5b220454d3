"""The archive: members in order, the same bytes each time, whole or not there."""

from __future__ import annotations

import gzip
import hashlib
import tarfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from bringup.base.errors import BringupError
from bringup.base.files import CHUNK_BYTES, atomic_file, faults_of

SUFFIXES: Final = (".tar", ".tar.gz", ".tgz")
_TIME_S: Final = 315532800
"""1980-01-01: some programs complain about times before it."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive. Its bytes are ``data``, or lie at ``path``."""

    name: str
    sha256: str
    size: int
    data: bytes | None = None
    path: Path | None = None
    program: bool = False

    @classmethod
    def of_text(cls, name: str, text: str, *, program: bool = False) -> Member:
        """Make a member of a text."""
        data = text.encode()
        return cls(name, hashlib.sha256(data).hexdigest(), len(data), data, program=program)


def plain_info(name: str, size: int, *, program: bool = False) -> tarfile.TarInfo:
    """Return the head of a file that says nothing of the machine, the user or the time."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, _TIME_S, 0o755 if program else 0o644
    return info


def check_suffix(path: Path) -> None:
    """Refuse a name whose form is not written.

    Raises:
        BringupError: KIT012.
    """
    if not path.name.endswith(SUFFIXES):
        raise BringupError("KIT012", path=path, suffixes=", ".join(SUFFIXES))


def write_archive(
    path: Path,
    folder: str,
    members: Sequence[Member],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> str:
    """Write the members below ``folder`` and return the archive's SHA-256 in hex.

    Files are streamed and held against their digests on the way.

    Raises:
        BringupError: KIT013, a file is not what it was; FIL001 and kin.
    """
    with faults_of(path):
        # What a killed process left: ours is the only one, the project is held.
        for part in path.parent.glob(f".{path.name}.*.part"):
            part.unlink(missing_ok=True)
    total, done = sum(member.size for member in members), 0
    with atomic_file(path) as file:
        hashed = _Hashed(file)
        with (
            _packed(hashed, path) as stream,
            tarfile.TarFile(
                fileobj=stream, mode="w", format=tarfile.GNU_FORMAT, copybufsize=CHUNK_BYTES
            ) as archive,
        ):
            for member in sorted(members, key=lambda member: member.name):
                _add(archive, folder, member)
                done += member.size
                progress(done, total)
        return hashed.digest.hexdigest()


def _add(archive: tarfile.TarFile, folder: str, member: Member) -> None:
    info = plain_info(f"{folder}/{member.name}", member.size, program=member.program)
    if member.path is None:
        archive.addfile(info, _Reader.over_bytes(member.data or b""))
        return
    with member.path.open("rb") as source:
        reader = _Reader(source)
        try:
            archive.addfile(info, reader)
        except OSError as error:
            if "unexpected end of data" not in str(error):
                raise
            raise BringupError("KIT013", path=member.path) from error
    if reader.digest.hexdigest() != member.sha256:
        raise BringupError("KIT013", path=member.path)


class _Reader:
    """A file that is hashed while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    @classmethod
    def over_bytes(cls, data: bytes) -> _Reader:
        import io

        return cls(io.BytesIO(data))

    def read(self, size: int = -1, /) -> bytes:
        data = self._source.read(size)
        self.digest.update(data)
        return data


class _Hashed:
    """A file that is hashed while it is written."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._position = 0
        self.digest = hashlib.sha256()

    def write(self, data: bytes, /) -> int:
        self.digest.update(data)
        self._position += len(data)
        return self._target.write(data)

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        self._target.flush()

    def __enter__(self) -> _Hashed:
        return self

    def __exit__(self, *_: object) -> None:
        """Leave the file open: it is not ours."""


def _packed(hashed: _Hashed, path: Path) -> Any:
    if path.name.endswith(".tar"):
        return hashed
    # Wheels are compressed already: more than the least effort gains nothing. No name and no
    # time in the head, so that the same members give the same bytes.
    return gzip.GzipFile(filename="", mode="wb", compresslevel=1, fileobj=hashed, mtime=0)


def sums_text(members: Sequence[Member]) -> str:
    """Return the text of SHA256SUMS, as ``sha256sum --check`` reads it."""
    rows = sorted((member.name, member.sha256) for member in members)
    return "".join(f"{sha256}  {name}\n" for name, sha256 in rows)


def members_json(members: Sequence[Member]) -> Mapping[str, Any]:
    """Return the members as the manifest lists them."""
    rows = sorted(members, key=lambda member: member.name)
    return {member.name: {"sha256": member.sha256, "bytes": member.size} for member in rows}
