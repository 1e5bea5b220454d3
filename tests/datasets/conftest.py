"""A server of files on this machine, and a small data set that it offers."""

from __future__ import annotations

import dataclasses
import gzip
import hashlib
import io
import random
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bringup.knowledge.datasets import DataFile, DataSet, IndexSource, MirrorSource, dataset
from bringup.machine.model import Fact, Machine

MIB = 1 << 20


class FileServer(ThreadingHTTPServer):
    """Serves ``files`` (path -> bytes). With ``ranges`` it resumes; ``pause_at`` is where the
    first answer with a body that long stops, until ``go_on`` is set."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] = {}
        self.ranges = True
        self.says_length = True
        self.pause_at: int | None = None
        self.paused = threading.Event()
        self.go_on = threading.Event()
        self.cut_at: list[int] = []
        """Bytes after which the next answers break off."""
        self.asked: list[tuple[str, str | None]] = []
        """Paths asked for, each with its Range header."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no error of the server."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FileServer

    def do_GET(self) -> None:
        server, wanted = self.server, self.headers.get("Range")
        server.asked.append((self.path, wanted))
        body = server.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        start = 0
        if wanted is not None and server.ranges:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            if start >= len(body):
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        if server.says_length:
            self.send_header("Content-Length", str(len(body) - start))
        else:
            self.send_header("Connection", "close")
            self.close_connection = True
        self.send_header("Content-Type", "text/html" if body[:1] == b"<" else "x/y")
        self.end_headers()
        self._send(body[start:])

    def _send(self, body: bytes) -> None:
        server = self.server
        if server.cut_at and len(body) > server.cut_at[0]:
            self.wfile.write(body[: server.cut_at.pop(0)])
            self.close_connection = True
            return
        stop = server.pause_at
        if stop is not None and len(body) > stop:
            server.pause_at = None
            self.wfile.write(body[:stop])
            self.wfile.flush()
            server.paused.set()
            server.go_on.wait(30)
            body = body[stop:]
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[FileServer]:
    with FileServer() as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.go_on.set()
        server.shutdown()


@pytest.fixture
def machine(server: FileServer) -> Machine:
    """A machine whose package index is the server."""
    return Machine({"index.settings": Fact({"index": f"{server.url}/simple"}, "test")})


CONTENT = {
    # Random bytes: nothing packs them, so that the archive is longer than the pieces it comes in.
    "big.bin": random.Random(1).randbytes(5 * MIB),
    "small.txt": b"1,2\n3,4\n",
}


def zip_of(members: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return target.getvalue()


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def offer_archive(
    server: FileServer, archive: bytes, name: str = "demo_data-1-py3-none-any.whl"
) -> None:
    server.files["/simple/demo-data/"] = (
        f'<a href="/files/{name}#sha256={digest(archive)}">{name}</a>'.encode()
    )
    server.files[f"/files/{name}"] = archive


@pytest.fixture
def mirror(server: FileServer) -> MirrorSource:
    """A mirror of gzipped files; nothing is there until a test puts it there."""
    return MirrorSource(
        base=f"{server.url}/mirror/", files={name: f"{name}.gz" for name in CONTENT}
    )


def offer_mirror(server: FileServer, content: dict[str, bytes]) -> None:
    for name, data in content.items():
        server.files[f"/mirror/{name}.gz"] = gzip.compress(data, 1)


@pytest.fixture
def archive() -> bytes:
    return zip_of({f"inside/{name}": content for name, content in CONTENT.items()})


@pytest.fixture
def index_source(archive: bytes) -> IndexSource:
    return IndexSource(
        project="demo-data",
        archive="demo_data-1-py3-none-any.whl",
        archive_bytes=len(archive),
        archive_sha256=digest(archive),
        files={name: f"inside/{name}" for name in CONTENT},
    )


@pytest.fixture
def row() -> DataSet:
    """A data set of two files, without a source."""
    files = tuple(
        DataFile(name, "rows", len(content), digest(content)) for name, content in CONTENT.items()
    )
    return dataclasses.replace(dataset("iris"), name="demo", files=files, sources=())


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"
