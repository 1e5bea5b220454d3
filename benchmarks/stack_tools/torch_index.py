"""The framework's own index, replayed on this machine, so that uv's choice can be seen anywhere.

uv's ``--torch-backend`` asks the index of PyTorch and no other. Here a proxy on 127.0.0.1 answers
for that host: pages and metadata are made from bringup's tables of releases and builds (real wheel
tags, real Requires-Dist; no wheel is ever sent). All other hosts are passed through unseen. What uv
is told about which files exist is therefore what bringup knows itself, to uv's advantage.
"""

from __future__ import annotations

import hashlib
import os
import select
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from packaging.requirements import Requirement

from bringup.knowledge.builds import Build, builds_of, cuda_major
from bringup.knowledge.frameworks import framework_table
from bringup.knowledge.releases import Release, package_names, releases
from bringup.stack.uv import builtin_index

ADDRESS = urlsplit(framework_table().frameworks["torch"].index_of("cpu"))
HOST = str(ADDRESS.hostname)
ROOT = ADDRESS.path.removesuffix("cpu")
COMPANIONS = ("torchvision", "torchaudio", "torchtext")
OF_A_BUILD = ("nvidia-", "cuda-")
"""Requirements that differ from build to build."""


class TorchIndex:
    """Serve while the context lasts. ``environ`` makes uv come here; ``asked`` are the packages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: set[str] = set()

    def __enter__(self) -> TorchIndex:
        _make_certificates(self.folder)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "host.pem", self.folder / "host.key")
        handler = type("Handler", (_Handler,), {"context": context, "asked": self.asked})
        self._server = _Server(("127.0.0.1", 0), handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def environ(self) -> dict[str, str]:
        address = f"http://127.0.0.1:{self._server.server_port}"
        names = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY")
        return {
            **dict.fromkeys(names, address),
            "NO_PROXY": "",
            "no_proxy": "",
            "SSL_CERT_FILE": str(self.folder / "trusted.pem"),
            # What is cached from here must never reach the user's own cache.
            "UV_CACHE_DIR": str(self.folder / "uv-cache"),
        }


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: uv ends as soon as it knows enough and drops its other connections."""


class _Handler(BaseHTTPRequestHandler):
    """CONNECT to PyTorch's index is answered here, CONNECT to anything else is passed through."""

    protocol_version = "HTTP/1.1"
    context: ssl.SSLContext
    asked: set[str]

    def do_CONNECT(self) -> None:
        host, _, port = self.path.rpartition(":")
        if host == HOST:
            self.send_response(200)
            self.end_headers()
            self.connection = self.context.wrap_socket(self.connection, server_side=True)
            self.rfile = self.connection.makefile("rb", -1)
            # Buffered: a small write that waits for the receipt of the one before costs 40 ms.
            self.wfile = self.connection.makefile("wb", -1)
            return
        self.close_connection = True
        try:
            with socket.create_connection((host, int(port)), timeout=30) as other:
                self.send_response(200)
                self.end_headers()
                _relay(self.connection, other)
        except OSError:
            self.send_error(502)

    def do_GET(self) -> None:
        self._answer(send=True)

    def do_HEAD(self) -> None:
        self._answer(send=False)

    def _answer(self, *, send: bool) -> None:
        path = unquote(urlsplit(self.path).path)
        if elsewhere := self._elsewhere(path):
            self.send_response(302)
            self.send_header("Location", elsewhere)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        text = self._text(path)
        body = (text or "").encode()
        self.send_response(200 if text is not None else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=86400")
        self.end_headers()
        if send:
            self.wfile.write(body)

    def _elsewhere(self, path: str) -> str | None:
        """Return where a package without a table is: PyTorch's index mirrors the default one."""
        package = path.strip("/").rpartition("/")[2]
        if not path.endswith("/") or package in package_names():
            return None
        self.asked.add(package)
        return f"{builtin_index().rstrip('/')}/{package}/"

    def _text(self, path: str) -> str | None:
        parts = path.removeprefix(ROOT).strip("/").split("/")
        if not path.startswith(ROOT) or len(parts) not in {2, 3}:
            return None
        build, package = parts[:2]
        self.asked.add(package)
        files = files_of(package, build)
        if len(parts) == 2:
            return page_of(package, build) if files else None
        release = files.get(parts[2].removesuffix(".metadata"))
        return _metadata(release, build) if release and parts[2].endswith(".metadata") else None

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@cache
def files_of(package: str, build: str) -> dict[str, Release]:
    """Return the wheels of a package in PyTorch's index of a build: file name -> release."""
    if package not in package_names():
        return {}
    found = {}
    for release in releases(package):
        row = _build_of(release, build)
        if row is not None:
            found.update(dict.fromkeys(_names(release, row), release))
    return found


def _build_of(release: Release, build: str) -> Build | None:
    """Return the build row that decides on which platforms a release is in the index."""
    if release.package == "torch":
        rows = builds_of("torch", release.version)
    else:
        wanted = _torch_wanted(release)
        rows = tuple(
            row
            for torch in releases("torch")
            if wanted is None or wanted.specifier.contains(torch.version)
            for row in builds_of("torch", torch.version)
        )
    return next((row for row in rows if row.build == build), None)


def _torch_wanted(release: Release) -> Requirement | None:
    rows = map(Requirement, release.requires)
    return next((row for row in rows if row.name == "torch"), None)


def _names(release: Release, row: Build) -> Iterator[str]:
    ours = release.package == "torch" or release.package in COMPANIONS
    for wheels in release.wheels:
        platforms = [name for name in wheels.platforms if not ours or _holds(row, name)]
        if not platforms:
            continue
        on_mac = platforms[0].startswith("macosx")
        local = f"+{row.build}" if ours and not on_mac else ""
        for pair in wheels.pythons:
            tag = f"{pair}-{'.'.join(platforms)}"
            yield f"{release.package.replace('-', '_')}-{release.version}{local}-{tag}.whl"


def _holds(row: Build, platform: str) -> bool:
    """Say whether a build was published for a platform tag."""
    if platform.startswith("macosx"):
        return row.build == "cpu"
    if row.build == "cpu":
        return True
    if row.is_rocm:
        return "linux" in platform and platform.endswith("x86_64")
    if platform.startswith("win"):
        return "windows" in row.oses
    if "aarch64" in platform:
        return bool(row.archs_aarch64) or "linux_aarch64" in row.default_on
    return True


@cache
def page_of(package: str, build: str) -> str:
    """Return the page of a package in PyTorch's index of a build."""
    rows = []
    for name, release in files_of(package, build).items():
        digest = hashlib.sha256(name.encode()).hexdigest()
        python = str(release.requires_python).replace("<", "&lt;").replace(">", "&gt;")
        needs = f' data-requires-python="{python}"' if python else ""
        known = 'data-dist-info-metadata="true" data-core-metadata="true"'
        rows.append(f'<a href="{quote(name)}#sha256={digest}" {known}{needs}>{name}</a><br>')
    return "<!DOCTYPE html><html><body>\n" + "\n".join(rows) + "\n</body></html>"


def _metadata(release: Release, build: str) -> str:
    local = f"+{build}" if release.package in {"torch", *COMPANIONS} else ""
    lines = ["Metadata-Version: 2.1", f"Name: {release.package}"]
    lines.append(f"Version: {release.version}{local}")
    if str(release.requires_python):
        lines.append(f"Requires-Python: {release.requires_python}")
    row = _build_of(release, build) if release.package == "torch" else None
    requires = release.requires if row is None else _of_torch(release, row)
    lines += [f"Requires-Dist: {text}" for text in requires]
    return "\n".join(lines) + "\n"


def _of_torch(release: Release, row: Build) -> list[str]:
    """Return what a build of torch requires.

    The release's own metadata is that of the default build. Of the others the table knows cuDNN
    and NCCL, which is where two frameworks most often collide.
    """
    if "linux_x86_64" in row.default_on:
        return list(release.requires)
    drop = (*OF_A_BUILD, "triton") if row.build == "cpu" else OF_A_BUILD
    found = [text for text in release.requires if not Requirement(text).name.startswith(drop)]
    major = f"cu{cuda_major(row.build)}"
    for name, version in (("cudnn", row.cudnn), ("nccl", row.nccl)):
        if row.is_cuda and version and version.count(".") > 1:
            found.append(f'nvidia-{name}-{major}=={version}; platform_system == "Linux"')
    return found


def _relay(one: socket.socket, other: socket.socket) -> None:
    ends = {one: other, other: one}
    while ready := select.select(list(ends), [], [], 60)[0]:
        for end in ready:
            if not (data := end.recv(1 << 16)):
                return
            ends[end].sendall(data)


def _make_certificates(folder: Path) -> None:
    """Make an authority and a certificate for PyTorch's host, for this run alone."""
    (folder / "extensions").write_text(f"subjectAltName=DNS:{HOST}\nbasicConstraints=CA:FALSE\n")
    new = ["-newkey", "rsa:2048", "-nodes"]
    authority = ["req", "-x509", *new, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2"]
    request = ["req", *new, "-keyout", "host.key", "-out", "host.csr", "-subj", f"/CN={HOST}"]
    sign = ["x509", "-req", "-in", "host.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2"]
    sign += ["-CAcreateserial", "-extfile", "extensions", "-out", "host.pem"]
    for argv in ([*authority, "-subj", "/CN=stack_answers"], request, sign):
        subprocess.run(["openssl", *argv], cwd=folder, check=True, capture_output=True)
    usual = [path.read_text("utf-8") for path in _authorities()]
    text = "\n".join([*usual, (folder / "ca.pem").read_text("utf-8")])
    (folder / "trusted.pem").write_text(text, "utf-8")


def _authorities() -> list[Path]:
    """Return the certificates that this machine trusts: the one that is named replaces them."""
    paths = ssl.get_default_verify_paths()
    if named := os.environ.get("SSL_CERT_FILE") or paths.cafile:
        return [Path(named)]
    folder = Path(paths.capath or paths.openssl_capath)
    return sorted(path for path in folder.glob("*.pem") if path.is_file())
