"""What several rules ask about container engines: which one is here, and where its daemon is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bringup.doctor.case import Case, Record

_HERE: Final = frozenset({"default", "rootless"})
"""Contexts of the client whose daemon answers on the socket that the probe asks."""
_NONE: Final[Mapping[str, object]] = {}


def engine(case: Case, name: str) -> Record | None:
    """Return an engine by its name, None when it is not here."""
    return next(
        (row for row in case.records("containers.engines") if row.get("name") == name), None
    )


def docker(case: Case) -> Record | None:
    """Return Docker, None when it is not here or when podman only goes by its name."""
    row, podman = engine(case, "docker"), engine(case, "podman")
    if row is None or podman is None or row.get("client_version") is None:
        return row
    return None if row["client_version"] == podman.get("client_version") else row


def details(case: Case, name: str = "docker") -> Record:
    """Return what an engine's daemon says of itself; nothing when it was not reached."""
    rows = case.records("containers.details")
    return next((row for row in rows if row.get("name") == name), _NONE)


def daemon_elsewhere(case: Case) -> bool:
    """Say whether the client asks another daemon than the one on the usual socket."""
    context = details(case).get("context")
    return "DOCKER_HOST" in case.variables or (context is not None and context not in _HERE)


def desktop_client(path: str) -> bool:
    """Say whether a client in WSL is the one that Docker Desktop puts there."""
    lower = path.lower()
    return "docker/docker/resources" in lower or "docker-desktop" in lower


def gib(size: float) -> str:
    """Return a size in GiB, with one digit."""
    return f"{size / 2**30:.1f}"
