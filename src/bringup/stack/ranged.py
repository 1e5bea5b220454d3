"""The METADATA of a wheel that lies at an address, without fetching the whole wheel."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final

from bringup.base.errors import BringupError
from bringup.machine.redact import redacted

if TYPE_CHECKING:
    from bringup.stack.index import Download

Opener = Callable[[int], "AbstractContextManager[Download]"]
"""Opens the file at an offset."""

# The directory of a wheel stands at its end; most are smaller than this.
_BUFFER_BYTES: Final = 256 << 10


def wheel_metadata(url: str, opener: Opener) -> bytes:
    """Return METADATA of the wheel at ``url``, read in the few ranges that hold it.

    Raises:
        UnreachableError, BringupError: what ``opener`` raises.
        BringupError: STK029, the file is no wheel with METADATA.
    """
    try:
        raw = _Ranges(opener)
        with zipfile.ZipFile(io.BufferedReader(raw, _BUFFER_BYTES)) as archive:
            names = [name for name in archive.namelist() if _is_metadata(name)]
            if len(names) == 1:
                return archive.read(names[0])
    except (zipfile.BadZipFile, EOFError) as error:
        raise BringupError("STK029", place=redacted(url)) from error
    raise BringupError("STK029", place=redacted(url))


def _is_metadata(name: str) -> bool:
    folder, _, file = name.partition("/")
    return folder.endswith(".dist-info") and file == "METADATA"


class _Ranges(io.RawIOBase):
    """A file that is read from where its reader is; one request per read."""

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._position = 0
        with opener(0) as download:
            if download.total_bytes is None:
                raise EOFError
            self._size = download.total_bytes

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        self._position = max(0, start + offset)
        return self._position

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = min(len(buffer), max(0, self._size - self._position))
        if wanted == 0:
            return 0
        body = bytearray()
        with self._opener(self._position) as download:
            # A server that does not resume sends the file from its beginning.
            skip = self._position - download.start
            for chunk in download.chunks:
                body += chunk
                if len(body) >= skip + wanted:
                    break
        part = bytes(body[skip : skip + wanted])
        buffer[: len(part)] = part
        self._position += len(part)
        return len(part)
