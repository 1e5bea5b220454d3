"""The network settings that all programs share: proxies and certificates."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from bringup.machine.said import Said
from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import World


def _first(*names: str) -> Callable[[World], Answer]:
    def ask(world: World) -> Answer:
        for name in names:
            if value := world.env.get(name, "").strip():
                return Answer(value, name)
        return Answer(None, "not set")

    return ask


_VARIABLES: Final = {
    # curl, requests and uv let the small letters win.
    "https_proxy": ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
    "http_proxy": ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"),
    "no_proxy": ("no_proxy", "NO_PROXY"),
    "ca_bundle": ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
}


def said(world: World) -> list[Said]:
    """Return all that was said to every program, the strongest first, with what became of it."""
    rows: list[Said] = []
    for name, variables in _VARIABLES.items():
        found = [(text, key) for key in variables if (text := world.env.get(key, "").strip())]
        for number, (text, variable) in enumerate(found):
            row = Said("network", name.replace("_", "-"), text, variable)
            rows.append(row.lost(found[0][1]) if number else row)
    return [*rows, *_netrc(world)]


def _netrc(world: World) -> list[Said]:
    chosen = world.env.get("NETRC")
    places = [chosen] if chosen else [f"{world.home}/{name}" for name in (".netrc", "_netrc")]
    for path in places:
        if text := world.text_or(path):
            # Names of hosts only: what follows them is secret.
            hosts = re.findall(r"(?:^|\s)machine\s+(\S+)", text)
            return [Said("network", "netrc", hosts, path)]
    return []


SOURCES: Sources = {
    f"index.network.{name}": (Source("environment", _first(*variables)),)
    for name, variables in _VARIABLES.items()
}
