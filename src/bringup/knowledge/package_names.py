"""Names of packages that do not give people what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bringup.knowledge.provenance import Provenance, read_rows


@dataclass(frozen=True, slots=True)
class WrongName:
    """A name that is absent, withdrawn, or something else than people think."""

    name: str
    kind: str
    """absent, withdrawn or other."""
    instead: str
    note: str
    provenance: Provenance


@cache
def wrong_names() -> dict[str, WrongName]:
    """Return all rows by normalised name."""
    return {
        row["name"]: WrongName(
            row["name"], row["kind"], row["instead"], row["note"], Provenance.of(row)
        )
        for row in read_rows("package_names.toml")["name"]
    }
