"""What uv says when an index is down, slow, closed or lies: which index, and what is wrong with it.

uv names the address in its own words, sometimes only the package; the lock and the index itself
tell the rest.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from packaging.utils import canonicalize_name

from bringup.base.errors import BringupError, UnreachableError
from bringup.base.messages import text_of
from bringup.machine.model import Machine
from bringup.machine.redact import redacted
from bringup.stack.index import IndexClient, configured_indexes
from bringup.stack.limits import time_limit

_URL: Final = re.compile(r"(?:https?|file)://[^\s`')]+")
_PACKAGE: Final = re.compile(r"Failed to (?:download|fetch)[^`]*`([\w.-]+)==")
_MISSING: Final = re.compile(
    r"there are no versions of ([\w.-]*\w)|([\w.-]*\w) was not found in the package registry"
)
_LIES: Final = frozenset({"STK012", "STK013", "STK018"})


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed run of uv. ``machine`` says where it was sent, ``pylock`` what it installed."""

    said: str
    reason: str
    """What is said, in one line."""
    machine: Machine | None
    pylock: Path | None

    @property
    def place(self) -> str:
        """The address that uv names, else the one of the package that it names."""
        match = _URL.search(self.said)
        if match is not None:
            return redacted(match[0].rstrip(".,;"))
        return self._locked_place() or text_of("IDX033")

    @property
    def last(self) -> str:
        """The cause at the root."""
        return self.reason.rpartition("; ")[2]

    def _locked_place(self) -> str | None:
        name = _PACKAGE.search(self.said)
        if name is None or self.pylock is None:
            return None
        try:
            document = tomllib.loads(self.pylock.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        rows = [row for row in document.get("packages", ()) if row.get("name") == name[1]]
        files: list[dict[str, Any]] = [file for row in rows for file in row.get("wheels", ())]
        places = [str(file["url"]) for file in files if "url" in file]
        return redacted(places[0]) if places else None


def index_error_of(failure: Failure) -> BringupError | None:
    """Return the error when it is an index that failed, None for all other reasons."""
    for pattern, make in _MEANINGS:
        match = re.search(pattern, failure.said, re.IGNORECASE | re.DOTALL)
        if match is not None and (error := make(failure, match)) is not None:
            return error
    return None


def _closed(failure: Failure, match: re.Match[str]) -> BringupError:
    return BringupError("STK012", place=redacted(match[1]), status=match[2])


def _of_another(failure: Failure, match: re.Match[str]) -> BringupError | None:
    if "no solution found" not in failure.said.lower():
        return None
    place, found, project = match.groups()
    return BringupError("STK018", place=redacted(place), found=found, project=project)


def _asked_again(failure: Failure, match: re.Match[str]) -> BringupError | None:
    """Ask for the page of a package that uv found nothing of: a log-in page looks empty to it."""
    name = _MISSING.search(failure.said)
    if name is None or failure.machine is None:
        return None
    with IndexClient(failure.machine, attempts=1) as client:
        for index in configured_indexes(failure.machine):
            try:
                client.files(index, canonicalize_name(name[1] or name[2]))
            except BringupError as error:
                if error.code in _LIES:
                    return error
    return None


def _slow(failure: Failure, match: re.Match[str]) -> BringupError:
    limit = time_limit(failure.machine or Machine({}))
    reason = text_of("IDX020", limit_s=f"{limit.seconds:g}", setting=limit.setting)
    return UnreachableError("STK015", place=failure.place, reason=reason)


def _untrusted(failure: Failure, match: re.Match[str]) -> BringupError:
    return UnreachableError("STK016", place=failure.place, reason=match[1].strip())


def _status(failure: Failure, match: re.Match[str]) -> BringupError:
    status = match[1]
    kind = BringupError if status in {"401", "403", "407"} else UnreachableError
    code = "STK012" if kind is BringupError else "STK011"
    return kind(code, place=failure.place, status=status)


def _broken(failure: Failure, match: re.Match[str]) -> BringupError:
    return UnreachableError("STK019", place=failure.place, reason=failure.last)


def _no_page(failure: Failure, match: re.Match[str]) -> BringupError:
    return BringupError("STK013", index=failure.place, kind=match[1])


def _another_file(failure: Failure, match: re.Match[str]) -> BringupError:
    return BringupError("STK054", place=failure.place, reason=failure.reason)


def _silent(failure: Failure, match: re.Match[str]) -> BringupError:
    return UnreachableError("STK010", place=failure.place, reason=failure.last)


_MEANINGS: Final[
    tuple[tuple[str, Callable[[Failure, re.Match[str]], BringupError | None]], ...]
] = (
    (r"index URL \((\S+)\) could not be queried .*?\((40[137])", _closed),
    (r"index \((\S+)\) returned a (40[137])", _closed),
    (r"index at `(\S+)` listed a \w+ for `(\S+)` when queried for `(\S+?)`", _of_another),
    (r"no solution found", _asked_again),
    (r"(?:hash|size|length) mismatch", _another_file),
    (r"bad uncompressed size|central directory|failed to extract|invalid zip", _another_file),
    (r"status (?:client|server) error \((\d{3})", _status),
    (r"cause: (40[137]) ", _status),
    (r"invalid peer certificate:?([^\n]*)", _untrusted),
    (r"operation timed out", _slow),
    (r"(?:before message length reached|error decoding response body)", _broken),
    (r"(unexpected JSON)", _no_page),
    (r"Unsupported `Content-Type` \"([^\"]*)\"", _no_page),
    (
        r"failed to fetch|error sending request|request failed after|failed to download"
        r"|connection refused|dns error|network is unreachable",
        _silent,
    ),
)
"""Pattern in what uv says -> the error; the first that gives one counts."""
