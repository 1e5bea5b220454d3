"""The ways to a host: directly or through a proxy, with which certificates and credentials.

All of it follows from the machine's facts, the proxies of this process and its netrc file; httpx's
own reading of the environment is off, so that ``bringup probe --section index`` tells what is done.
"""

from __future__ import annotations

import ipaddress
import netrc
import os
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bringup.base.errors import BringupError, UnreachableError
from bringup.machine.model import Machine
from bringup.machine.redact import redacted

_PROXY_SCHEMES: Final = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class Way:
    """How a host is reached. ``proxy`` may hold credentials."""

    proxy: str | None
    verify: bool
    """Whether the host's certificate is checked."""


def way_to(machine: Machine, url: str) -> Way:
    """Return the way to the host of an address.

    Raises:
        UnreachableError: STK010, it is no address.
        BringupError: STK017, the proxy's address cannot be used.
    """
    scheme, host, port = _parts(url)
    trusted = machine.index_settings.trusted_hosts
    verify = not any(_is_host(row, host, port) for row in trusted)
    no_proxy = machine.value("index.network.no_proxy") or _here("no_proxy") or ""
    if goes_direct(str(no_proxy), host, port):
        return Way(None, verify)
    return Way(proxy_for(machine, scheme), verify)


def _parts(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise UnreachableError("STK010", place=redacted(url), reason=error) from error
    return parts.scheme, parts.hostname or "", port


def proxy_for(machine: Machine, scheme: str) -> str | None:
    """Return the proxy for ``http`` or ``https`` addresses, None when there is none.

    pip's own setting stands for both; the variables are for one each.

    Raises:
        BringupError: STK017, its address cannot be used.
    """
    proxy = (
        machine.value("index.pip.proxy")
        or machine.value(f"index.network.{scheme}_proxy")
        or machine.index_settings.proxy
        or _here(f"{scheme}_proxy", "all_proxy")
    )
    return None if not proxy else _checked_proxy(str(proxy))


def _here(*names: str) -> str | None:
    """Return this process's own variable: a saved machine's facts know no way out from here."""
    spellings = [spelling for name in names for spelling in (name, name.upper())]
    return next((text for name in spellings if (text := os.environ.get(name, "").strip())), None)


def _checked_proxy(proxy: str) -> str:
    full = proxy if "://" in proxy else f"http://{proxy}"
    try:
        parts = urlsplit(full)
        usable = parts.scheme.lower() in _PROXY_SCHEMES and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        known = ", ".join(f"{scheme}://" for scheme in _PROXY_SCHEMES)
        raise BringupError("STK017", proxy=redacted(proxy), known=known)
    return full


def goes_direct(no_proxy: str, host: str, port: int) -> bool:
    """Say whether NO_PROXY names a host.

    ``example.org`` stands for its subdomains too, as in curl; ``10.0.0.0/8`` for a range of
    addresses; ``host:port`` for one port; ``*`` for all.
    """
    return any(
        row == "*" or _in_range(row, host) or _is_host(row, host, port, subdomains=True)
        for row in map(str.strip, no_proxy.split(","))
        if row
    )


def _in_range(row: str, host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")) in ipaddress.ip_network(
            row.strip("[]"), strict=False
        )
    except ValueError:
        return False


def _is_host(row: str, host: str, port: int, *, subdomains: bool = False) -> bool:
    bare = row.partition("://")[2].rstrip("/") if "://" in row else row
    try:
        parts = urlsplit(f"//{bare}")
        name, wanted = (parts.hostname or "").removeprefix("*"), parts.port
    except ValueError:
        return False
    if wanted not in {None, port}:
        return False
    host = host.lower()
    if subdomains:
        name = name.removeprefix(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))
    return host == name


def certificates(bundle: str | None) -> ssl.SSLContext:
    """Return what certificates are checked against: the bundle that is set, else the known ones.

    These are the system's and certifi's together, as in pip.

    Raises:
        BringupError: STK014, the bundle cannot be used.
    """
    if bundle is None:
        import certifi

        context = ssl.create_default_context()
        context.load_verify_locations(cafile=certifi.where())
        return context
    try:
        if Path(bundle).is_dir():
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except OSError as error:
        raise BringupError("STK014", bundle=bundle, reason=error) from error


def netrc_path() -> Path | None:
    """Return the netrc file that pip and uv read, None when there is none."""
    chosen = os.environ.get("NETRC")
    home = Path("~").expanduser()
    places: Iterable[Path] = [Path(chosen)] if chosen else [home / ".netrc", home / "_netrc"]
    return next((path for path in places if path.is_file()), None)


def netrc_credentials(host: str) -> tuple[str, str] | None:
    """Return user and password of a host in the netrc file; none when it cannot be read."""
    path = netrc_path()
    if path is None:
        return None
    try:
        found = netrc.netrc(str(path)).authenticators(host)
    except (netrc.NetrcParseError, OSError, UnicodeDecodeError):
        return None
    return None if found is None else (found[0] or found[1] or "", found[2] or "")
