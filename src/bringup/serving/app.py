"""The routes: the Open Inference Protocol v2 (REST) and one page for people."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from bringup import __version__
from bringup.base.errors import BringupError
from bringup.serving import protocol
from bringup.serving.bundle import Bundle
from bringup.serving.model import usable_cores
from bringup.serving.page import page
from bringup.serving.protocol import JSON_LENGTH_HEADER, Infer

WAITING: Final = 256
"""Requests that may wait or run at once; one more gets 503 now instead of a place in the queue."""
_STATUS: Final = {"SRV115": 415, "SRV116": 413, "SRV117": 404, "SRV118": 404, "SRV119": 405}
_OURS: Final = {"SRV121"}
_LOG: Final = logging.getLogger("bringup.serving")
_PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; connect-src 'self'; img-src data:",
    "X-Content-Type-Options": "nosniff",
}


class Server:
    """Answers requests for one bundle. Models run in threads, one for each core."""

    def __init__(self, bundle: Bundle, infer: Infer) -> None:
        self._bundle = bundle
        self._infer = infer
        self._limit = protocol.body_limit_bytes(bundle)
        self._pool = ThreadPoolExecutor(usable_cores(), thread_name_prefix="infer")
        self._waiting = 0

    def app(self) -> Starlette:
        """Return the ASGI application."""
        models = "/v2/models/{name}"
        version = models + "/versions/{version}"
        routes = [
            Route("/", self.page),
            Route("/v2", self.server_metadata),
            Route("/v2/health/live", self.live),
            Route("/v2/health/ready", self.ready),
        ]
        for prefix in (models, version):
            routes += [
                Route(prefix, self.model_metadata),
                Route(f"{prefix}/ready", self.model_ready),
                Route(f"{prefix}/infer", self.infer, methods=["POST"]),
            ]
        return Starlette(
            routes=routes,
            exception_handlers={
                BringupError: _fault,
                HTTPException: _http_fault,
                Exception: _bug,
            },
            lifespan=self._lifespan,
        )

    @contextlib.asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        yield
        self._pool.shutdown(wait=True)

    async def page(self, _: Request) -> Response:
        """Show people what is served."""
        return HTMLResponse(page(self._bundle), headers=_PAGE_HEADERS)

    async def server_metadata(self, _: Request) -> Response:
        """Name the server."""
        return JSONResponse(
            {"name": "bringup", "version": __version__, "extensions": ["binary_tensor_data"]}
        )

    async def live(self, _: Request) -> Response:
        """Say that the server runs."""
        return JSONResponse({"live": True})

    async def ready(self, _: Request) -> Response:
        """Say that the model is loaded: the server only listens once it is."""
        return JSONResponse({"ready": True})

    async def model_ready(self, request: Request) -> Response:
        """Say that the named model is loaded."""
        self._named(request)
        return JSONResponse({"name": self._bundle.name, "ready": True})

    async def model_metadata(self, request: Request) -> Response:
        """Describe the model's inputs and outputs."""
        self._named(request)
        bundle = self._bundle
        return JSONResponse({
            "name": bundle.name,
            "versions": [bundle.version],
            "platform": "onnxruntime_onnx",
            "inputs": [spec.to_json() for spec in bundle.inputs],
            "outputs": [spec.to_json() for spec in bundle.outputs],
        })  # fmt: skip

    async def infer(self, request: Request) -> Response:
        """Answer rows."""
        self._named(request)
        json_length = _json_length(request)
        body = await self._body(request)
        if self._waiting >= WAITING:
            return _error(503, BringupError("SRV122", limit=WAITING))
        self._waiting += 1
        try:
            found = await asyncio.get_running_loop().run_in_executor(
                self._pool, protocol.answer, self._bundle, self._infer, body, json_length
            )
        finally:
            self._waiting -= 1
        if found.json_length is None:
            return Response(found.body, media_type="application/json")
        return Response(
            found.body,
            media_type="application/octet-stream",
            headers={JSON_LENGTH_HEADER: str(found.json_length)},
        )

    def _named(self, request: Request) -> None:
        bundle, path = self._bundle, request.path_params
        if path["name"] != bundle.name:
            raise BringupError("SRV117", expected=bundle.name, found=path["name"])
        if path.get("version", bundle.version) != bundle.version:
            raise BringupError("SRV118", expected=bundle.version, found=path["version"])

    async def _body(self, request: Request) -> bytes:
        encoding = request.headers.get("content-encoding", "identity")
        if encoding != "identity":
            raise BringupError("SRV115", found=encoding)
        announced = request.headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > self._limit:
            raise BringupError("SRV116", limit=self._limit, found=announced)
        parts, size = [], 0
        async for part in request.stream():
            parts.append(part)
            size += len(part)
            if size > self._limit:
                raise BringupError("SRV116", limit=self._limit, found=f">= {size}")
        return b"".join(parts)


def _json_length(request: Request) -> int | None:
    text = request.headers.get(JSON_LENGTH_HEADER)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise BringupError("SRV102", header=JSON_LENGTH_HEADER, found=text[:40], body="-")
    return int(text)


def _error(status: int, error: BringupError) -> JSONResponse:
    return JSONResponse({"error": str(error), "code": error.code}, status_code=status)


async def _fault(request: Request, error: Exception) -> Response:
    if not isinstance(error, BringupError):
        raise AssertionError(error)
    if error.code in _OURS:
        _LOG.error("%s %s: %s", request.method, request.url.path, error)
        return _error(500, error)
    response = _error(_STATUS.get(error.code, 400), error)
    if error.code == "SRV116":
        # The rest of the body stays unread, so the connection cannot be used again.
        response.headers["Connection"] = "close"
    return response


async def _http_fault(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise AssertionError(error)
    if error.status_code == 405:
        allowed = (error.headers or {}).get("Allow", "-")
        fault = BringupError(
            "SRV119", path=request.url.path, expected=allowed, found=request.method
        )
        return JSONResponse(
            {"error": str(fault), "code": fault.code}, status_code=405, headers=error.headers
        )
    if error.status_code == 404:
        return _error(404, BringupError("SRV123", path=request.url.path))
    return JSONResponse({"error": error.detail}, status_code=error.status_code)


async def _bug(request: Request, error: Exception) -> Response:
    if not isinstance(error, ClientDisconnect):
        _LOG.error("%s %s", request.method, request.url.path, exc_info=error)
    details: dict[str, Any] = {"error": f"internal error: {type(error).__name__}"}
    return JSONResponse(details, status_code=500)
