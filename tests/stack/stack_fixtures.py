"""Small real package indexes: wheels made on the spot, folders, and a local HTTP server."""

import base64
import contextlib
import hashlib
import json
import sys
import threading
import zipfile
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from bringup.machine.model import Fact, Machine
from bringup.project.model import LoadedProject, Project

LINUX = "manylinux_2_17_x86_64"


def make_wheel(
    folder, name, version, *, tag="py3-none-any", requires=(), extras=(), python=None, files=None
):
    """Write a real, installable wheel and return its path. ``python``: its Requires-Python."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{name.replace('-', '_')}-{version}"
    path = folder / f"{stem}-{tag}.whl"
    info = f"{stem}.dist-info"
    needs = "".join(f"Requires-Dist: {row}\n" for row in requires)
    needs += "".join(f"Provides-Extra: {row}\n" for row in extras)
    needs += f"Requires-Python: {python}\n" if python else ""
    rows = {
        f"{name.replace('-', '_')}/__init__.py": f"__version__ = {version!r}\n",
        **(files or {}),
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
    }
    record = "".join(f"{row},,\n" for row in rows) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(path, "w") as archive:
        for row, text in {**rows, f"{info}/RECORD": record}.items():
            archive.writestr(zipfile.ZipInfo(row, (2020, 1, 1, 0, 0, 0)), text)
    return path


def metadata_of(path):
    """Return METADATA of a wheel."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(next(n for n in archive.namelist() if n.endswith("/METADATA")))


@dataclass
class Server:
    """A package index on 127.0.0.1, good or bad.

    A path part stands for every request whose path holds it: ``faults`` gives status codes first,
    ``hang_s`` waits, ``trickle_s`` waits before every byte, ``truncated`` ends in the middle,
    ``instead`` gives another kind and body, ``redirects`` sends elsewhere.
    """

    address: str = ""
    scheme: str = "http"
    wheels: list = field(default_factory=list)
    form: str = "json"
    credentials: str | None = None
    resumes: bool = True
    faults: dict = field(default_factory=dict)
    wrong_hash: bool = False
    wrong_size: bool = False
    hang_s: dict = field(default_factory=dict)
    trickle_s: dict = field(default_factory=dict)
    truncated: set = field(default_factory=set)
    instead: dict = field(default_factory=dict)
    redirects: dict = field(default_factory=dict)
    retry_after: str | None = None
    refusal: int = 401
    asked: list = field(default_factory=list)
    authorizations: list = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    requires_python: dict = field(default_factory=dict)
    yanked: set = field(default_factory=set)
    metadata: bool = False
    """Serves METADATA beside wheels (PEP 658)."""
    uploaded: dict = field(default_factory=dict)
    """File name -> when it was uploaded."""
    sizes: dict = field(default_factory=dict)
    """File name -> the size that the page claims."""
    answer: tuple | None = None
    """Content type and body that every page is."""

    def index(self, user=""):
        return f"{self.scheme}://{user}{self.address}/simple"

    def page(self, project):
        if self.answer is not None:
            return self.answer
        rows = [path for path in self.wheels if _project(path) == project]
        return (self._json if self.form == "json" else self._html)(project, rows)

    def _json(self, project, rows):
        files = [
            {
                "filename": path.name,
                "url": f"/files/{quote(path.name)}",
                "hashes": {"sha256": self._digest(path)},
                "size": self.sizes.get(path.name, path.stat().st_size) + self.wrong_size,
                "requires-python": self.requires_python.get(path.name),
                "yanked": path.name in self.yanked,
                **self._moment(path),
            }
            for path in rows
        ]
        body = {"meta": {"api-version": "1.0"}, "name": project, "files": files}
        return "application/vnd.pypi.simple.v1+json", json.dumps(body).encode()

    def _moment(self, path):
        # uv refuses a moment that is null.
        return {"upload-time": self.uploaded[path.name]} if path.name in self.uploaded else {}

    def _html(self, project, rows):
        links = "".join(
            f'<a href="../../files/{quote(path.name)}#sha256={self._digest(path)}"'
            f"{' data-yanked=' + chr(34) * 2 if path.name in self.yanked else ''}>{path.name}</a>\n"
            for path in rows
        )
        return "text/html", f"<!DOCTYPE html><html><body>{links}</body></html>".encode()

    def token(self):
        """Return the header that carries the credentials."""
        return "Basic " + base64.b64encode(self.credentials.encode()).decode()

    def at(self, table, path):
        """Return what a table of path parts says of a path."""
        return next((value for part, value in table.items() if part in path), None)

    def _digest(self, path):
        data = b"another" if self.wrong_hash else path.read_bytes()
        return hashlib.sha256(data).hexdigest()


def _project(path):
    return path.name.partition("-")[0].replace("_", "-").lower()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        state = self.server.state
        state.asked.append(self.path)
        state.authorizations.append(self.headers.get("Authorization"))
        if pause := state.at(state.hang_s, self.path):
            state.stopped.wait(pause)
        if not self._misbehaves(state):
            self._behave(state)

    def _misbehaves(self, state):
        if codes := state.at(state.faults, self.path):
            more = {"Retry-After": state.retry_after} if state.retry_after else None
            self._answer(codes.pop(0), "text/plain", b"fault", more)
        elif state.credentials and self.headers.get("Authorization") != state.token():
            asks = {"WWW-Authenticate": "Basic"} if state.refusal == 401 else {}
            self._answer(state.refusal, "text/plain", b"", asks)
        elif place := state.at(state.redirects, self.path):
            self._answer(302, "text/plain", b"", {"Location": place})
        elif page := state.at(state.instead, self.path):
            self._answer(200, *page)
        else:
            return False
        return True

    def _behave(self, state):
        parts = [part for part in self.path.partition("?")[0].split("/") if part]
        if parts[:1] == ["files"]:
            self._file(state, parts[1])
        elif parts[:1] == ["simple"] and len(parts) == 2:
            kind, body = state.page(parts[1])
            found = any(_project(path) == parts[1] for path in state.wheels) or state.answer
            self._answer(200 if found else 404, kind, body)
        elif parts[:1] == ["links"]:
            kind, body = state._html("", state.wheels)
            self._answer(200, kind, body.replace(b"../../files", b"/files"))
        else:
            self._answer(404, "text/plain", b"")

    do_HEAD = do_GET  # noqa: N815

    def _file(self, state, name):
        from urllib.parse import unquote

        path = next((path for path in state.wheels if path.name == unquote(name)), None)
        if state.metadata and name.endswith(".whl.metadata"):
            wheel = next(path for path in state.wheels if f"{path.name}.metadata" == unquote(name))
            return self._answer(200, "application/octet-stream", metadata_of(wheel))
        if path is None:
            return self._answer(404, "text/plain", b"")
        data = path.read_bytes()
        asked = self.headers.get("Range")
        if asked and state.resumes:
            start, _, end = asked.removeprefix("bytes=").partition("-")
            if start:
                if int(start) >= len(data):
                    return self._answer(416, "text/plain", b"")
                last = int(end) if end else len(data) - 1
                part = data[int(start) : last + 1]
                said = f"bytes {start}-{int(start) + len(part) - 1}/{len(data)}"
                return self._answer(206, "application/zip", part, {"Content-Range": said})
        return self._answer(200, "application/zip", data)

    def _answer(self, status, kind, body, headers=None):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "GET":
            self._send(body)

    def _send(self, body):
        state = self.server.state
        if any(part in self.path for part in state.truncated):
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
        elif pause := state.at(state.trickle_s, self.path):
            for byte in body:
                if state.stopped.wait(pause):
                    break
                self.wfile.write(bytes([byte]))
        else:
            self.wfile.write(body)

    def log_message(self, *args):
        pass


class _Http(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Say nothing when a client goes away: the tests of slow indexes make them."""


@contextlib.contextmanager
def serving(context=None):
    """Serve a package index, over TLS when a context for it is given."""
    http = _Http(("127.0.0.1", 0), _Handler)
    scheme = "http"
    if context is not None:
        http.socket = context.wrap_socket(http.socket, server_side=True)
        scheme = "https"
    http.state = Server(address=f"127.0.0.1:{http.server_port}", scheme=scheme)
    thread = threading.Thread(target=http.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield http.state
    finally:
        http.state.stopped.set()
        http.shutdown()
        thread.join()
        http.server_close()


@pytest.fixture
def server():
    """Give a local package index; put wheels into ``server.wheels``."""
    with serving() as state:
        yield state


@pytest.fixture
def second_server():
    """Give another one."""
    with serving() as state:
        yield state


@pytest.fixture
def closed_port():
    """Give an address at which nothing listens."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    port = http.server_port
    http.server_close()
    return f"127.0.0.1:{port}"


OWN_PYTHON = {
    "path": sys.executable,
    "version": ".".join(str(number) for number in sys.version_info[:3]),
}
PY311 = {"path": "/usr/bin/python3.11", "version": "3.11.7"}
PY312 = {"path": "/usr/bin/python3.12", "version": "3.12.3"}


def make_machine(*, pythons=(PY311,), gpus=(), driver=None, settings=None, **facts):
    """Return a Linux x86_64 machine with glibc 2.36, changed as said (``os_family="macos"``)."""
    values = {
        "os.family": "linux",
        "os.version": None,
        "os.arch": "x86_64",
        "libc.family": "glibc",
        "libc.version": "2.36",
        "python.interpreters": list(pythons),
        "gpu.devices": list(gpus),
        "gpu.nvidia_driver": driver,
        "index.settings": settings or {},
    }
    values |= {key.replace("__", ".").replace("_", ".", 1): value for key, value in facts.items()}
    return Machine({key: Fact(value, "test") for key, value in values.items()})


def make_project(folder, **sections):
    """Return a project of these sections in a folder."""
    config = Project(project={"name": "demo"}, **sections)
    return LoadedProject(folder=Path(folder), config=config)
