"""Files that appear whole or not at all, and digests of what is in them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final

from bringup.base.errors import BringupError

CHUNK_BYTES: Final = 1 << 20
_PART: Final = ".part"
_PROBE_BYTES: Final = 64 << 10


@contextlib.contextmanager
def atomic_file(path: Path, mode: str = "wb") -> Iterator[IO[Any]]:
    """Open a temporary file beside ``path``; on success it is flushed to disk and takes its name.

    A reader sees the old file or the new one, never a part. On an error the old file stays.

    Raises:
        BringupError: FIL001 (disk full), FIL002 (no permission), FIL003 (any other refusal).
    """
    with faults_of(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=_PART, dir=path.parent)
        try:
            encoding = None if "b" in mode else "utf-8"
            with os.fdopen(handle, mode, encoding=encoding) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(_default_mode())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@contextlib.contextmanager
def faults_of(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to write ``path`` into errors that people can read."""
    try:
        yield
    except OSError as error:
        if (refusal := refusal_of(error, path)) is not None:
            raise refusal from error
        place = error.filename or path
        raise BringupError("FIL003", path=place, reason=error.strerror or error) from error


def refusal_of(error: OSError, path: Path) -> BringupError | None:
    """Return what ``error`` means, None when it is another one than the following.

    FIL001 is a full disk, FIL002 no permission to write, FIL006 no permission to read.
    ``path`` is what was being written; the error's own file name is more exact where it has one.
    """
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return BringupError("FIL001", path=path)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        exact = Path(error.filename or path)
        return no_permission(path if exact.suffix == _PART else exact)
    return None


def no_permission(path: Path) -> BringupError:
    """Return FIL002 or FIL006 for ``path``; the hint names the nearest place that is there."""
    places = (place for place in (path, *path.parents) if _is_there(place))
    place = next(places, path)
    unreadable = place == path and path.is_file() and not os.access(path, os.R_OK)
    return BringupError("FIL006" if unreadable else "FIL002", path=path, place=place)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def check_writable(folder: Path) -> None:
    """Write a small file into ``folder`` and remove it again.

    Raises:
        BringupError: FIL001 (disk full), FIL002 (no permission), FIL003 (any other refusal).
    """
    with faults_of(folder), tempfile.TemporaryFile(dir=folder) as file:
        file.write(bytes(_PROBE_BYTES))
        file.flush()
        os.fsync(file.fileno())


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path`` atomically, as UTF-8."""
    with atomic_file(path, "w") as file:
        file.write(text)


def write_json(path: Path, document: Any) -> None:
    """Write ``document`` to ``path`` atomically, as indented JSON."""
    write_text(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file that bringup wrote.

    Raises:
        BringupError: FIL004, the file is missing; FIL005, it is not JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise BringupError("FIL004", path=path) from error
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BringupError("FIL005", path=path, reason=error) from error


def digest_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_value(value: Any) -> str:
    """Return the SHA-256 of a JSON value in canonical form (sorted keys), in hex."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def digest_tree(paths: Iterable[Path], root: Path) -> str:
    """Return one SHA-256 over files below ``root``: their relative names and their bytes."""
    rows = sorted((path.relative_to(root).as_posix(), digest_file(path)) for path in paths)
    return digest_value(rows)


def _default_mode() -> int:
    # mkstemp makes files private; ours are ordinary files, so they follow the umask.
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
