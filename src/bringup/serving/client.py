"""A client of the Open Inference Protocol v2 from the standard library alone."""

from __future__ import annotations

import http.client
import json
from typing import Any, Final
from urllib.parse import quote, urlsplit

from bringup.base.errors import BringupError, UnreachableError

REQUEST_S: Final = 60.0


class Client:
    """A connection to a server of the Open Inference Protocol v2, kept open."""

    def __init__(self, url: str, model: str = "") -> None:
        parts = urlsplit(url)
        self.url = url
        self.model_path = f"/v2/models/{quote(model, safe='')}"
        self._connection = http.client.HTTPConnection(
            parts.hostname or "127.0.0.1", parts.port or 80, timeout=REQUEST_S
        )

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Send a request and return the status and the body of the answer.

        Raises:
            UnreachableError: SRV020, nobody answers.
        """
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            self._connection.request(method, path, body=body, headers=headers)
            reply = self._connection.getresponse()
            return reply.status, reply.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise UnreachableError(
                "SRV020", url=self.url, limit_s=REQUEST_S, reason=error
            ) from error

    def get(self, path: str) -> Any:
        """Return the JSON that a path answers.

        Raises:
            BringupError: SRV021, another status than 200, or no JSON.
        """
        return self._document(path, *self.ask("GET", path))

    def infer(self, body: bytes) -> dict[str, Any]:
        """Send an inference request and return the answer's outputs by name."""
        path = f"{self.model_path}/infer"
        document = self._document(path, *self.ask("POST", path, body))
        return {row["name"]: row for row in document["outputs"]}

    def _document(self, path: str, status: int, body: bytes) -> Any:
        try:
            document = json.loads(body)
        except ValueError as error:
            raise self._unexpected(path, status, str(error)) from error
        if status != http.HTTPStatus.OK:
            raise self._unexpected(path, status, str(document.get("error", document)))
        return document

    def _unexpected(self, path: str, status: int, reason: str) -> BringupError:
        return BringupError("SRV021", url=self.url, path=path, status=status, reason=reason)
