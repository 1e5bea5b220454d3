"""Facts that only the network gives: which places answer us, how, and what time it is there."""

from __future__ import annotations

import email.utils
import threading
import time
from typing import Any, Final
from urllib.parse import urlsplit

from bringup.base.errors import BringupError
from bringup.machine.model import Fact, Machine
from bringup.machine.redact import redacted
from bringup.stack.addresses import is_local
from bringup.stack.reach import Reach, reach

LIMIT_S: Final = 1.2
"""A place that is silent for so long counts as unreachable: the doctor as a whole has 2 s."""
_HUB: Final = "https://huggingface.co"
_SOURCE: Final = "asked over the network"
_OFFLINE: Final = "nothing was asked over the network"
_MARKS: Final = (
    ("proxy_auth", ("407", "proxy authentication")),
    ("proxy_blocked", ("proxy", "tunnel", "connect tunnel")),
    ("tls", ("certificate", "ssl", "tls")),
    ("dns", ("name or service", "name resolution", "getaddrinfo", "nodename", "no address", "dns")),
    ("refused", ("refused",)),
    ("timeout", ("timed out", "timeout", "too slow", "no answer within")),
)


def network_facts(machine: Machine, *, offline: bool = False) -> dict[str, Fact]:
    """Ask all places at once and return the facts ``network.*`` and the clock's offset.

    Args:
        machine: its settings say which places, and which ways to them.
        offline: whether nobody may be asked; the facts are unknown then.
    """
    if offline or machine.value("index.uv.offline"):
        unknown = Fact(None, "none", unknown=_OFFLINE)
        return {
            "network.offline": Fact(True, "--offline"),
            "network.places": unknown,
            "system.clock_offset_s": unknown,
        }
    hub: dict[str, Any] = {}
    dates: list[float] = []
    thread = threading.Thread(target=lambda: hub.update(_hub(machine, dates)), daemon=True)
    thread.start()
    rows = []
    for found in reach(machine, limit_s=LIMIT_S):
        rows.append(_row(found))
        dates += _offset(found.date)
    thread.join(LIMIT_S)
    address = _hub_address(machine)
    late = {"kind": "hub", "place": redacted(address), "status": "timeout", "seconds": LIMIT_S}
    rows.append(hub or late)
    return {
        "network.offline": Fact(False, "--offline was not given"),
        "network.places": Fact(rows, _SOURCE),
        "system.clock_offset_s": _clock(dates),
    }


def _clock(dates: list[float]) -> Fact:
    if not dates:
        return Fact(None, "none", unknown="no answer told the time")
    return Fact(round(min(dates), 1), "the Date of an answer over HTTP")


def _offset(date: str | None) -> list[float]:
    """Return how far our clock is from a date of HTTP, in s; nothing when it is none."""
    try:
        told = email.utils.parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return []
    return [abs(told - time.time())]


def _row(found: Reach) -> dict[str, Any]:
    text = "" if found.error is None else str(found.error)
    row: dict[str, Any] = {
        "kind": found.place.role,
        "place": found.place.shown,
        "status": _status(found, text),
        "http_status": found.status,
        "seconds": None if found.first_byte_s is None else round(found.first_byte_s, 3),
        "detail": redacted(text) or None,
        "issuer": None,
    }
    return row


def _status(found: Reach, text: str) -> str:
    if found.state == "answered":
        return "ok"
    if found.state == "not_asked":
        return "not_asked"
    return _by_http(found.status) or _by_text(text)


def _by_http(status: int | None) -> str | None:
    if status is None:
        return None
    named = {401: "auth", 403: "auth", 404: "missing", 407: "proxy_auth"}
    return named.get(status, "error" if status >= 500 else None)


def _by_text(text: str) -> str:
    lower = text.lower()
    return next(
        (status for status, marks in _MARKS if any(mark in lower for mark in marks)), "error"
    )


def _hub_address(machine: Machine) -> str:
    rows = machine.value("variables.set") or ()
    named = next((row["value"] for row in rows if row["name"] == "HF_ENDPOINT"), None)
    return str(named or _HUB)


def _hub(machine: Machine, dates: list[float]) -> dict[str, Any]:
    import httpx

    from bringup.stack.transport import RoutedTransport

    address = _hub_address(machine)
    row: dict[str, Any] = {"kind": "hub", "place": redacted(address), "http_status": None}
    if is_local(address) or not urlsplit(address).hostname:
        return row | {"status": "error", "detail": "no address of a hub", "seconds": None}
    began = time.monotonic()
    try:
        transport = RoutedTransport(machine)
        with httpx.Client(transport=transport, timeout=LIMIT_S, trust_env=False) as client:
            answer = client.head(address)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, BringupError, ValueError) as error:
        detail = redacted(str(error)) or type(error).__name__
        return row | {
            "status": _by_text(f"{type(error).__name__} {error}"),
            "detail": detail,
            "seconds": None,
        }
    dates += _offset(answer.headers.get("date"))
    seconds = round(time.monotonic() - began, 3)
    status = _by_http(answer.status_code) or "ok"
    return row | {"status": status, "http_status": answer.status_code, "seconds": seconds}
