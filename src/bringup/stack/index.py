"""Package indexes and find-links places: what files they hold, and the bytes of a file.

Honours what the machine's installers are told (``Machine.index_settings``): index, CA bundle,
proxy, trusted hosts, timeout, credentials in an address or in netrc. Texts never show credentials.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name

from bringup.base.errors import BringupError, UnreachableError
from bringup.base.files import CHUNK_BYTES
from bringup.base.messages import text_of
from bringup.machine.model import Machine
from bringup.machine.redact import redacted
from bringup.stack.addresses import is_local, local_path, with_slash
from bringup.stack.limits import PAGE_LIMITS, time_limit
from bringup.stack.pages import (
    IndexFile,
    checked_page,
    folder_files,
    of_project,
    parse_html,
    parse_json,
)
from bringup.stack.ranged import wheel_metadata
from bringup.stack.uv import builtin_index

if TYPE_CHECKING:
    import httpx

__all__ = ["Download", "IndexClient", "IndexFile", "configured_indexes", "redacted"]

_ACCEPT: Final = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.1"
)
_TRANSIENT_STATUS: Final = frozenset({408, 429, 500, 502, 503, 504})
_ABSENT_STATUS: Final = frozenset({404, 410})
_PAGE_LIMIT_BYTES: Final = 64 << 20
_LONGEST_PAUSE_S: Final = 10.0
"""How long a server may ask us to wait before we ask again."""


def default_index(machine: Machine) -> str:
    """Return the address of the machine's default index: the one set, else uv's own."""
    return machine.index_settings.index or builtin_index()


def configured_indexes(machine: Machine) -> list[str]:
    """Return the indexes to ask, the default one first; none when the settings say no index."""
    settings = machine.index_settings
    if settings.no_index:
        return []
    return list(dict.fromkeys([default_index(machine), *settings.extra_indexes]))


@dataclass(frozen=True, slots=True)
class Download:
    """The bytes of a file as they come.

    ``start`` is the offset of the first byte that comes: the one asked for, or 0 when the server
    does not resume. ``total_bytes`` is the size of the whole file, None when it is not said.
    """

    start: int
    total_bytes: int | None
    chunks: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """The last answer of a server: how it came, not what was in it."""

    status: int
    first_byte_s: float
    """From the request to the first byte, the making of the connection included."""
    address: str
    """Where redirects led; may hold credentials."""
    certificate_until: str | None
    """The end of the certificate's time, as it says itself; None when none was checked."""
    date: str | None = None
    """The time there, as HTTP's Date says."""


class IndexClient:
    """Asks indexes over HTTP(S) and file addresses. Use it as a context manager."""

    def __init__(
        self, machine: Machine, *, connect_timeout_s: float = 10.0, attempts: int = 3
    ) -> None:
        self._machine = machine
        self._limit = time_limit(machine)
        self._connect_timeout_s = min(connect_timeout_s, self._limit.seconds)
        self._attempts = attempts
        self._http: httpx.Client | None = None
        self.last_answer: Answer | None = None
        self._pages: dict[tuple[str, str | None], list[IndexFile]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        if self._http is not None:
            self._http.close()
            self._http = None

    def files(self, index: str, name: str) -> list[IndexFile]:
        """Return the files of a project on an index (PEP 503 or 691); none when it is not there.

        Raises:
            UnreachableError: STK010 (no answer), STK011 (an answer that is an error), STK015 (too
                slow), STK016 (its certificate is not trusted).
            BringupError: STK012, the index wants credentials; STK013, not an index page; STK014,
                the CA bundle and STK017, the proxy cannot be used; STK018, the page is another
                project's.
        """
        project = canonicalize_name(name)
        key = (index, project)
        if key not in self._pages:
            url = f"{with_slash(index)}{project}/"
            self._pages[key] = of_project(self._page(url), project, place=url)
        return self._pages[key]

    def links(self, place: str, name: str) -> list[IndexFile]:
        """Return the files of a project at a find-links place: a folder or a page of links.

        Raises: as ``files``; UnreachableError STK010 when there is no such folder.
        """
        key = (place, None)
        if key not in self._pages:
            self._pages[key] = self._find_links(place)
        project = canonicalize_name(name)
        return [file for file in self._pages[key] if file.project == project]

    @contextlib.contextmanager
    def stream(self, url: str, *, offset: int = 0) -> Iterator[Download]:
        """Open a file for reading from byte ``offset`` on; a server may answer from 0 instead.

        Connecting is tried again on transient faults; a break while the bytes come is not, it
        raises, and the caller asks again with the offset reached.

        Raises:
            UnreachableError: STK010, STK011, STK015, STK016.
            BringupError: STK012, STK014, STK017.
        """
        if is_local(url):
            with self._stream_local(url, offset) as download:
                yield download
            return
        headers = {"Accept-Encoding": "identity"}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        response = self._get(url, headers, allow=frozenset({416}))
        try:
            if response.status_code == 416:
                yield Download(offset, offset, iter(()))
            else:
                yield self._download(response, url)
        finally:
            response.close()

    def metadata(self, file: IndexFile) -> bytes:
        """Return the METADATA of a wheel: beside it (PEP 658), else out of the wheel itself.

        An index may serve it without announcing it, so it is asked for in any case. Only the
        few ranges of the wheel that hold it are read.

        Raises:
            UnreachableError, BringupError: as ``stream``; STK029, the wheel holds none.
        """
        if not is_local(file.url):
            response = self._get(f"{file.url}.metadata", {}, allow=_ABSENT_STATUS)
            try:
                if response.status_code not in _ABSENT_STATUS:
                    return self._read(response, file.url)
            finally:
                response.close()
        return wheel_metadata(file.url, lambda offset: self.stream(file.url, offset=offset))

    def _page(self, url: str) -> list[IndexFile]:
        if is_local(url):
            return self._local_page(local_path(url))
        response = self._get(url, {"Accept": _ACCEPT}, allow=_ABSENT_STATUS)
        try:
            if response.status_code in _ABSENT_STATUS:
                return []
            body = self._read(response, url)
            base = str(response.url)
            kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        finally:
            response.close()
        base = _with_credentials(base, url)
        if kind.endswith("json"):
            return parse_json(body, base=base)
        if not kind.endswith("html"):
            raise BringupError("STK013", index=redacted(url), kind=kind or "?")
        return checked_page(parse_html(body, base=base), body, asked=url, answered=base)

    def _local_page(self, folder: Path) -> list[IndexFile]:
        page = folder / "index.html"
        if page.is_file():
            return parse_html(page.read_bytes(), base=page.as_uri())
        if folder.is_dir():
            return folder_files(folder)
        if not folder.parent.is_dir():
            raise UnreachableError("STK010", place=folder.parent, reason="no such folder")
        return []

    def _find_links(self, place: str) -> list[IndexFile]:
        if not is_local(place):
            return self._page(place)
        path = local_path(place)
        if path.is_file():
            return parse_html(path.read_bytes(), base=path.as_uri())
        if not path.is_dir():
            raise UnreachableError("STK010", place=path, reason="no such folder")
        return folder_files(path)

    def _get(
        self, url: str, headers: Mapping[str, str], *, allow: frozenset[int]
    ) -> httpx.Response:
        import httpx

        from bringup.stack.faults import fault_of, is_final

        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            pause_s = 0.2 * 2**attempt
            try:
                response = self._send(url, headers)
            except (httpx.TransportError, httpx.InvalidURL) as error:
                if last or is_final(error):
                    raise fault_of(error, url, self._machine, self._limit) from error
            except (httpx.TooManyRedirects, httpx.DecodingError) as error:
                raise BringupError("STK013", index=redacted(url), kind=str(error)) from error
            else:
                if response.status_code not in _TRANSIENT_STATUS or last:
                    return _checked(response, url, allow)
                pause_s = max(pause_s, _asked_pause_s(response))
                response.close()
            time.sleep(pause_s)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _send(self, url: str, headers: Mapping[str, str]) -> httpx.Response:
        client = self._client()
        began = time.monotonic()
        request = client.build_request("GET", url, headers=dict(headers))
        response = client.send(request, stream=True)
        seconds = time.monotonic() - began
        self.last_answer = Answer(
            response.status_code,
            seconds,
            str(response.url),
            _certificate_until(response),
            response.headers.get("date"),
        )
        return response

    def _client(self) -> httpx.Client:
        if self._http is None:
            import httpx

            from bringup.stack.transport import RoutedTransport

            limits = httpx.Timeout(self._limit.seconds, connect=self._connect_timeout_s)
            self._http = httpx.Client(
                transport=RoutedTransport(self._machine),
                follow_redirects=True,
                timeout=limits,
                trust_env=False,
            )
        return self._http

    def _read(self, response: httpx.Response, url: str) -> bytes:
        from bringup.stack.faults import plain, too_slow

        body = bytearray()
        limit_s = PAGE_LIMITS * self._limit.seconds
        deadline = time.monotonic() + limit_s
        for chunk in self._chunks(response, url, decoded=True):
            body += chunk
            if len(body) > _PAGE_LIMIT_BYTES:
                raise BringupError("STK013", index=redacted(url), kind="more than 64 MiB")
            if time.monotonic() > deadline:
                setting = self._limit.setting
                told = {"got": len(body), "limit_s": plain(limit_s), "setting": setting}
                raise too_slow(url, text_of("IDX021", **told))
        return bytes(body)

    def _chunks(self, response: httpx.Response, url: str, *, decoded: bool) -> Iterator[bytes]:
        import httpx

        from bringup.stack.faults import fault_of

        # Of a page each piece as it comes: gathered ones would hide a trickle.
        source = response.iter_bytes() if decoded else response.iter_raw(CHUNK_BYTES)
        try:
            yield from source
        except httpx.TransportError as error:
            raise fault_of(error, url, self._machine, self._limit) from error
        except httpx.DecodingError as error:
            raise BringupError("STK013", index=redacted(url), kind=str(error)) from error

    def _download(self, response: httpx.Response, url: str) -> Download:
        length = response.headers.get("content-length")
        start = 0
        if response.status_code == 206:
            start = int(response.headers["content-range"].split()[1].partition("-")[0])
        total = None if length is None else start + int(length)
        return Download(start, total, self._chunks(response, url, decoded=False))

    @contextlib.contextmanager
    def _stream_local(self, url: str, offset: int) -> Iterator[Download]:
        path = local_path(url)
        try:
            file = path.open("rb")
        except OSError as error:
            raise UnreachableError("STK010", place=path, reason=error.strerror) from error
        with file:
            file.seek(offset)
            yield Download(offset, path.stat().st_size, iter(lambda: file.read(CHUNK_BYTES), b""))


def _checked(response: httpx.Response, url: str, allow: frozenset[int]) -> httpx.Response:
    status = response.status_code
    if status < 400 or status in allow:
        return response
    response.close()
    if status in {401, 403, 407}:
        raise BringupError("STK012", place=redacted(url), status=status)
    raise UnreachableError("STK011", place=redacted(url), status=status)


def _asked_pause_s(response: httpx.Response) -> float:
    """Return what Retry-After asks for; a date there is left out, as servers rarely send one."""
    text = response.headers.get("retry-after", "").strip()
    return min(float(text), _LONGEST_PAUSE_S) if text.isdigit() else 0.0


def _certificate_until(response: httpx.Response) -> str | None:
    stream = response.extensions.get("network_stream")
    tls = None if stream is None else stream.get_extra_info("ssl_object")
    # An unchecked certificate is an empty one.
    found = {} if tls is None else tls.getpeercert() or {}
    return str(found["notAfter"]) if "notAfter" in found else None


def _with_credentials(base: str, asked: str) -> str:
    """Return the answer's address with the credentials that were sent to its very host.

    A redirect within the host loses them; one to another host, port or scheme must.
    """
    parts, origin = urlsplit(base), urlsplit(asked)
    user, _, host = origin.netloc.rpartition("@")
    if not user or (parts.scheme, parts.netloc) != (origin.scheme, host):
        return base
    return parts._replace(netloc=origin.netloc).geturl()
