"""A real server process on a free port, stopped by its id."""

from __future__ import annotations

import contextlib
import http.client
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest


@dataclass
class Running:
    process: subprocess.Popen[str]
    url: str
    ready: dict[str, Any]

    def ask(
        self,
        method: str,
        path: str,
        document: Any = None,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, Any, http.client.HTTPResponse]:
        """Return the status, the JSON (or bytes) of the answer, and the answer."""
        if body is None and document is not None:
            body = json.dumps(document).encode()
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=30)
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers=headers or {})
            reply = connection.getresponse()
            data = reply.read()
        is_json = reply.headers.get_content_type() == "application/json"
        return reply.status, json.loads(data) if is_json else data, reply

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=30)


@contextlib.contextmanager
def running(bundle: Path, folder: Path, *arguments: str) -> Iterator[Running]:
    ready_file = folder / "ready.json"
    command = [
        sys.executable, "-P", "-m", "bringup.serving", "--bundle", str(bundle), "--port", "0",
        "--ready-file", str(ready_file), *arguments,
    ]  # fmt: skip
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 60
        while not ready_file.exists():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline, "the server did not become ready"
            time.sleep(0.02)
        ready = json.loads(ready_file.read_text())
        yield Running(process, ready["url"], ready)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        assert process.stderr is not None
        process.stderr.close()


@pytest.fixture(scope="session")
def digits_bundle(exported_digits) -> Path:
    return exported_digits.root / "export" / "bundle"


@pytest.fixture(scope="module")
def server(digits_bundle, tmp_path_factory) -> Iterator[Running]:
    with running(digits_bundle, tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(scope="module")
def table_server(exported_table, tmp_path_factory) -> Iterator[Running]:
    bundle = exported_table.root / "export" / "bundle"
    with running(bundle, tmp_path_factory.mktemp("server")) as found:
        yield found


@pytest.fixture(scope="session")
def run_server():
    """``with run_server(bundle, folder, *arguments) as server``."""
    return running
