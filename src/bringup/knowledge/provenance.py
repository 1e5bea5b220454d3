"""Where a row of knowledge comes from, and how old it is."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

TABLES: Final = Path(__file__).parent / "tables"


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a row comes from."""

    source: str
    checked: datetime.date
    confidence: str
    """official, derived or third-party."""
    note: str | None = None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Provenance:
        """Return the provenance of a table's row."""
        return cls(row["source"], row["checked"], row["confidence"], row.get("note"))


def read_rows(name: str) -> Mapping[str, Any]:
    """Read one table that ships with bringup: ``cuda.toml``, ``packages/torch.toml``, ..."""
    return read_file(TABLES / name)


@cache
def read_file(path: Path) -> Mapping[str, Any]:
    """Read a table from a file, once."""
    return tomllib.loads(path.read_text(encoding="utf-8"))
