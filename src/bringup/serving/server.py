"""The process: a socket, a ready file, a graceful stop."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn

from bringup.base.errors import BringupError, ExitCode
from bringup.base.files import write_json
from bringup.serving.app import Server
from bringup.serving.bundle import open_bundle
from bringup.serving.model import Model

STOP_S: Final = 10
"""Seconds that running requests get when the server is told to stop."""
BACKLOG: Final = 512
_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def serve(
    folder: Path, *, host: str, port: int, ready_file: Path | None, threads: int | None = None
) -> ExitCode:
    """Serve the bundle in ``folder`` until SIGTERM (DONE) or SIGINT (INTERRUPTED).

    When it listens, ``ready_file`` appears with ``{"url", "pid", "model", "version"}``; it goes
    when the server stops.

    Raises:
        BringupError: SRV00x, the bundle cannot be served; SRV010 to SRV012, the address cannot.
    """
    bundle = open_bundle(folder)
    model = Model(bundle, threads=threads)
    listener = listen(host, port)
    url = f"http://{_in_url(host)}:{listener.getsockname()[1]}"
    ready: dict[str, str | int] = {
        "url": url,
        "pid": os.getpid(),
        "model": bundle.name,
        "version": bundle.version,
    }
    config = uvicorn.Config(
        Server(bundle, model.infer).app(),
        log_config=None,
        access_log=False,
        lifespan="on",
        timeout_graceful_shutdown=STOP_S,
        server_header=False,
    )
    process = _Process(config, ready, ready_file)
    try:
        process.run(sockets=[listener])
    finally:
        listener.close()
        if ready_file is not None:
            ready_file.unlink(missing_ok=True)
    return ExitCode.INTERRUPTED if process.stopped_by == signal.SIGINT else ExitCode.DONE


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 takes a free one.

    Raises:
        BringupError: SRV010, the port is in use; SRV011, no permission for it; SRV012, no such
            address here.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        # With its protocol named: asyncio turns off Nagle's delay (40 ms an answer) only then.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except OSError as error:
        raise BringupError("SRV012", host=host, reason=error.strerror or error) from error
    try:
        if os.name == "posix":
            # A port whose last connections still drain may be taken again.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise BringupError("SRV010", host=host, port=port) from error
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise BringupError("SRV011", host=host, port=port) from error
        raise BringupError("SRV012", host=host, reason=error.strerror or error) from error
    return listener


class _Process(uvicorn.Server):
    """uvicorn with a ready file, which ends by itself after a signal instead of dying by it."""

    def __init__(
        self, config: uvicorn.Config, ready: dict[str, str | int], ready_file: Path | None
    ) -> None:
        super().__init__(config)
        self._ready = ready
        self._ready_file = ready_file
        self.stopped_by: int | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.should_exit:
            return
        if self._ready_file is not None:
            write_json(self._ready_file, self._ready)
        logging.getLogger("bringup.serving").info("ready: %s", self._ready)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self.stopped_by = sig
        super().handle_exit(sig, frame)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn would raise the signal again after a graceful stop, so that a stop that went
        # well could not be told from one that did not.
        before = {number: signal.signal(number, self.handle_exit) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
