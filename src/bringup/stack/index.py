"""Package indexes and find-links places: what files they hold, and the bytes of a file.

Honours what the machine's installers are told (``Machine.index_settings``): index, CA bundle,
proxy, trusted hosts, timeout, credentials in an address. Texts never show credentials.
"""

from __future__ import annotations

import contextlib
import ipaddress
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import urlsplit

from packaging.utils import canonicalize_name

from bringup.base.errors import BringupError, UnreachableError
from bringup.base.files import CHUNK_BYTES
from bringup.machine.model import Machine
from bringup.machine.redact import redacted
from bringup.stack.addresses import is_local, local_path, with_slash
from bringup.stack.pages import IndexFile, folder_files, parse_html, parse_json
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


class IndexClient:
    """Asks indexes over HTTP(S) and file addresses. Use it as a context manager."""

    def __init__(
        self, machine: Machine, *, connect_timeout_s: float = 10.0, attempts: int = 3
    ) -> None:
        self._settings = machine.index_settings
        self._no_proxy = str(machine.value("index.network.no_proxy") or "")
        self._connect_timeout_s = connect_timeout_s
        self._attempts = attempts
        self._http: httpx.Client | None = None
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
            UnreachableError: STK010 (no answer), STK011 (an answer that is an error).
            BringupError: STK012, the index wants credentials; STK013, not an index page.
        """
        project = canonicalize_name(name)
        key = (index, project)
        if key not in self._pages:
            self._pages[key] = self._page(f"{with_slash(index)}{project}/")
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
            UnreachableError: STK010, STK011.
            BringupError: STK012.
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
            UnreachableError, BringupError: as ``stream``; STK015, the wheel holds none.
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
        if kind.endswith("json"):
            return parse_json(body, base=_with_credentials(base, url))
        if not kind.endswith("html"):
            raise BringupError("STK013", index=redacted(url), kind=kind or "?")
        return parse_html(body, base=_with_credentials(base, url))

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

        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            try:
                client = self._client()
                response = client.send(
                    client.build_request("GET", url, headers=dict(headers)), stream=True
                )
            except (httpx.TransportError, httpx.InvalidURL) as error:
                if last or isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
                    raise UnreachableError(
                        "STK010", place=redacted(url), reason=_reason(error)
                    ) from error
            else:
                status = response.status_code
                if status not in _TRANSIENT_STATUS or last:
                    return _checked(response, url, allow)
                response.close()
            time.sleep(0.2 * 2**attempt)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _client(self) -> httpx.Client:
        if self._http is None:
            import httpx

            settings = self._settings
            verify: Any = True
            if settings.ca_bundle:
                verify = _ssl_context(settings.ca_bundle)
            self._http = httpx.Client(
                verify=verify,
                proxy=_with_scheme(settings.proxy),
                follow_redirects=True,
                timeout=httpx.Timeout(settings.timeout_s or 30.0, connect=self._connect_timeout_s),
                mounts={
                    # A proxy that is given to the client would count for these hosts too.
                    **dict.fromkeys(direct_patterns(self._no_proxy)),
                    **{
                        f"https://{host}": httpx.HTTPTransport(verify=False)
                        for host in settings.trusted_hosts
                    },
                },
            )
        return self._http

    def _read(self, response: httpx.Response, url: str) -> bytes:
        body = bytearray()
        for chunk in _chunks(response, url, decoded=True):
            body += chunk
            if len(body) > _PAGE_LIMIT_BYTES:
                raise BringupError("STK013", index=redacted(url), kind="more than 64 MiB")
        return bytes(body)

    def _download(self, response: httpx.Response, url: str) -> Download:
        length = response.headers.get("content-length")
        start = 0
        if response.status_code == 206:
            start = int(response.headers["content-range"].split()[1].partition("-")[0])
        total = None if length is None else start + int(length)
        return Download(start, total, _chunks(response, url, decoded=False))

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


def direct_patterns(no_proxy: str) -> list[str]:
    """Return httpx's patterns of the hosts that NO_PROXY names: ``all://*example.org``.

    ``example.org`` stands for its subdomains too, as in curl. Ranges of addresses are left out.
    """
    patterns = []
    for host in filter(None, map(str.strip, no_proxy.split(","))):
        if host == "*":
            return ["all://"]
        try:
            address = ipaddress.ip_address(host.strip("[]"))
        except ValueError:
            if "/" not in host:
                patterns.append(f"all://{host}" if host == "localhost" else f"all://*{host}")
        else:
            patterns.append(f"all://[{host}]" if address.version == 6 else f"all://{host}")
    return patterns


def _with_scheme(proxy: str | None) -> str | None:
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _checked(response: httpx.Response, url: str, allow: frozenset[int]) -> httpx.Response:
    status = response.status_code
    if status < 400 or status in allow:
        return response
    response.close()
    if status in {401, 403, 407}:
        raise BringupError("STK012", place=redacted(url), status=status)
    raise UnreachableError("STK011", place=redacted(url), status=status)


def _chunks(response: httpx.Response, url: str, *, decoded: bool) -> Iterator[bytes]:
    import httpx

    source = response.iter_bytes if decoded else response.iter_raw
    try:
        yield from source(CHUNK_BYTES)
    except httpx.TransportError as error:
        raise UnreachableError("STK010", place=redacted(url), reason=_reason(error)) from error


def _reason(error: Exception) -> str:
    name = type(error).__name__
    return f"{name}: {error}" if str(error) else name


def _ssl_context(bundle: str) -> ssl.SSLContext:
    try:
        if Path(bundle).is_dir():
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise BringupError("STK014", bundle=bundle, reason=error) from error


def _with_credentials(base: str, asked: str) -> str:
    # httpx strips credentials from nothing, but a redirect to the same host loses them.
    parts, origin = urlsplit(base), urlsplit(asked)
    if "@" in parts.netloc or "@" not in origin.netloc or parts.hostname != origin.hostname:
        return base
    user = origin.netloc.rpartition("@")[0]
    return parts._replace(netloc=f"{user}@{parts.netloc}").geturl()
