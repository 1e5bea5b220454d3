"""The network settings that all programs share: proxies and certificates."""

from __future__ import annotations

from collections.abc import Callable

from bringup.machine.sources import Answer, Source, Sources
from bringup.machine.world import World


def _first(*names: str) -> Callable[[World], Answer]:
    def ask(world: World) -> Answer:
        for name in names:
            if value := world.env.get(name, "").strip():
                return Answer(value, name)
        return Answer(None, "not set")

    return ask


def _source(*names: str) -> tuple[Source, ...]:
    return (Source("environment", _first(*names)),)


SOURCES: Sources = {
    # curl, requests and uv let the small letters win.
    "index.network.https_proxy": _source("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"),
    "index.network.http_proxy": _source("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"),
    "index.network.no_proxy": _source("no_proxy", "NO_PROXY"),
    "index.network.ca_bundle": _source("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"),
}
