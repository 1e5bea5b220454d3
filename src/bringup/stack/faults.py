"""What goes wrong on the way to an index, as an error of ours that names the cause."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from typing import Final

import httpx

from bringup.base.errors import BringupError, UnreachableError
from bringup.base.messages import text_of
from bringup.machine.model import Machine
from bringup.machine.redact import redacted
from bringup.stack.limits import TimeLimit
from bringup.stack.routes import way_to

_STATUS: Final = re.compile(r"\b([45]\d\d)\b")


def fault_of(error: Exception, url: str, machine: Machine, limit: TimeLimit) -> BringupError:
    """Return the error that an exception of httpx means.

    Args:
        error: what httpx raised.
        url: the address that was asked.
        machine: its settings say whether a proxy stood between.
        limit: the time limit that was set on the request.
    """
    if isinstance(error, httpx.TimeoutException):
        return too_slow(url, text_of("IDX020", limit_s=plain(limit.seconds), setting=limit.setting))
    for cause in _chain(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return UnreachableError("STK016", place=redacted(url), reason=cause.verify_message)
    proxy = None if isinstance(error, httpx.InvalidURL) else way_to(machine, url).proxy
    reason = _reason(error, url)
    if proxy is None:
        return UnreachableError("STK010", place=redacted(url), reason=reason)
    if isinstance(error, httpx.ProxyError) and "407" in str(error):
        return BringupError("STK012", place=redacted(proxy), status=407)
    told = text_of("IDX026", proxy=redacted(proxy), reason=reason)
    return UnreachableError("STK010", place=redacted(url), reason=told)


def too_slow(url: str, reason: str) -> UnreachableError:
    """Return the error for an index that is silent or trickles."""
    return UnreachableError("STK015", place=redacted(url), reason=reason)


def is_final(error: Exception) -> bool:
    """Say whether asking again is in vain: a wrong address, an untrusted certificate."""
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return True
    return any(isinstance(cause, ssl.SSLError) for cause in _chain(error))


def plain(seconds: float) -> str:
    """Return seconds as people write them: ``5``, ``0.5``."""
    return f"{seconds:g}"


def _reason(error: Exception, url: str) -> str:
    for cause in _chain(error):
        if isinstance(cause, socket.gaierror):
            return text_of("IDX022", reason=cause.strerror or str(cause))
        if isinstance(cause, ConnectionRefusedError):
            return text_of("IDX023")
        if isinstance(cause, ssl.SSLError):
            return text_of("IDX024", reason=cause.reason or str(cause))
    if isinstance(error, (httpx.ReadError, httpx.RemoteProtocolError)):
        return text_of("IDX025", reason=redacted(str(error)) or type(error).__name__)
    name = type(error).__name__
    return f"{name}: {redacted(str(error))}" if str(error) else name


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
