"""Releases of Linux distributions whose free security updates have ended."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from functools import cache

from bringup.knowledge.provenance import Provenance, read_rows


@dataclass(frozen=True, slots=True)
class EndedSystem:
    """A release that gets no more updates. ``name`` and ``version`` are those of os-release."""

    name: str
    version: str
    ended: datetime.date
    provenance: Provenance


@cache
def ended_systems() -> tuple[EndedSystem, ...]:
    """Return all rows."""
    return tuple(
        EndedSystem(row["name"], row["version"], row["ended"], Provenance.of(row))
        for row in read_rows("systems.toml")["system"]
    )


def ended_system(name: str, version: str) -> EndedSystem | None:
    """Return the row of a system, None when it is still cared for or nobody knows."""
    return next(
        (
            row
            for row in ended_systems()
            # "3.17" is the release of "3.17.3", "3.1" is not that of "3.17".
            if row.name == name and f"{version}.".startswith(f"{row.version}.")
        ),
        None,
    )
