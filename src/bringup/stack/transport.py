"""httpx's transport over the machine's ways. A module of its own: httpx takes long to import."""

from __future__ import annotations

import base64

import httpx

from bringup.machine.model import Machine
from bringup.stack.routes import Way, certificates, netrc_credentials, way_to


class RoutedTransport(httpx.BaseTransport):
    """Sends each request, each hop of a redirect too, the way that the machine's settings say."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._transports: dict[Way, httpx.HTTPTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; one without credentials gets those of its host in the netrc file."""
        way = way_to(self._machine, str(request.url))
        if "Authorization" not in request.headers:
            found = netrc_credentials(request.url.host)
            if found is not None:
                token = base64.b64encode(":".join(found).encode()).decode()
                request.headers["Authorization"] = f"Basic {token}"
        return self._transport(way).handle_request(request)

    def close(self) -> None:
        """Close all connections."""
        for transport in self._transports.values():
            transport.close()

    def _transport(self, way: Way) -> httpx.HTTPTransport:
        if way not in self._transports:
            bundle = self._machine.index_settings.ca_bundle
            self._transports[way] = httpx.HTTPTransport(
                verify=certificates(bundle) if way.verify else False,
                proxy=way.proxy,
                trust_env=False,
            )
        return self._transports[way]
