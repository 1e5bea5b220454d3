"""Addresses of indexes and find-links places: local or not, with or without credentials."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


def without_credentials(url: str) -> str:
    """Return an address that works for everybody who has credentials of their own."""
    if not _SCHEME.match(url):
        return url
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=host).geturl()


def has_credentials(url: str) -> bool:
    """Say whether an address holds a user name or a token."""
    return _SCHEME.match(url) is not None and "@" in urlsplit(url).netloc


def is_local(url: str) -> bool:
    """Say whether an address is a path or a file address."""
    return url.startswith("file:") or _SCHEME.match(url) is None


def local_path(url: str) -> Path:
    """Return the path that a local address names."""
    if url.startswith("file:"):
        return Path(url2pathname(urlsplit(url).path))
    return Path(url).expanduser()


def anchored(place: str) -> str:
    """Return a place that names the same from any folder: a relative path is taken from here."""
    return (
        place if "://" in place or place.startswith("file:") else str(local_path(place).absolute())
    )


def with_slash(url: str) -> str:
    """Return an address that ends in a slash, as the simple API wants it."""
    return url if url.endswith("/") else f"{url}/"
