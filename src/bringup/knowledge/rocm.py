"""ROCm: the AMD GPUs that torch's builds have code for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from bringup.knowledge.provenance import Provenance, read_rows


@dataclass(frozen=True, slots=True)
class Rocm:
    """One version of ROCm as torch is built for it. ``gfx``: gfx942, gfx1100, ..."""

    version: str
    gfx: tuple[str, ...]
    provenance: Provenance


@cache
def rocm_versions() -> dict[str, Rocm]:
    """Return the rows by version."""
    rows = read_rows("rocm.toml")["rocm"]
    return {
        row["version"]: Rocm(row["version"], tuple(row["gfx"]), Provenance.of(row)) for row in rows
    }
