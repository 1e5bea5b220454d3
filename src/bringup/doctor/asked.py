"""What came of asking places over the network, as the rules of the family NET judge it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from bringup.doctor.case import Case, Record

PACKAGES: Final = ("index", "extra_index", "find_links")
"""Kinds of places that installers ask because somebody said so, or by default."""
_NOT_ASKED: Final = "not_asked"
_ABOUT_AN_ADDRESS: Final = re.compile(r"[^:：]*https?://\S+?(?:：|:\s)\s*(?=\S)")
"""What errors begin with, "cannot reach https://...: ", and rules say themselves."""


def asked(case: Case, *kinds: str) -> tuple[Record, ...]:
    """Return the places of some kinds (all without kinds) that were asked."""
    return tuple(
        row
        for row in case.records("network.places")
        if (not kinds or row.get("kind") in kinds) and row.get("status") != _NOT_ASKED
    )


def failed(rows: Iterable[Record], *statuses: str) -> tuple[Record, ...]:
    """Return the places that came out with one of the statuses."""
    return tuple(row for row in rows if row.get("status") in statuses)


def reason(row: Record) -> str:
    """Return why a place failed, in a few words: what was said, else the status."""
    status = f"HTTP {row['http_status']}" if row.get("http_status") else str(row["status"])
    said = str(row.get("detail") or status).strip()
    return _ABOUT_AN_ADDRESS.sub("", said, count=1).rstrip(".。")


def host_of(address: str) -> str:
    """Return the host of an address, the address itself when it names none."""
    bare = address if "://" in address else f"//{address}"
    try:
        return urlsplit(bare).hostname or address
    except ValueError:
        return address


def hosts(rows: Iterable[Record]) -> str:
    """Return the hosts of places for people, each once."""
    return ", ".join(dict.fromkeys(host_of(str(row["place"])) for row in rows))
