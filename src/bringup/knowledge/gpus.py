"""GPUs by the names that people type: compute capability, gfx target, memory."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from bringup.knowledge.provenance import Provenance, read_rows

_FILLERS: Final = re.compile(
    r"\b(nvidia|amd|intel|apple|google|geforce|tesla|quadro|radeon|instinct|graphics|gpu|"
    r"laptop|with|max-q|max|design|\d+ ?gi?b|sxm\d?|pcie?|hbm\d?e?|oem)\b"
)


@dataclass(frozen=True, slots=True)
class KnownGpu:
    """One model of GPU."""

    name: str
    vendor: str
    compute_capability: str | None
    gfx: str | None
    memory_gb: float | None
    provenance: Provenance


@cache
def known_gpus() -> tuple[KnownGpu, ...]:
    """Return all models of the table."""
    return tuple(gpu for gpu, _ in _rows())


def gpu_called(name: str) -> KnownGpu | None:
    """Return the model that a name means ("Tesla P40", "P40", "NVIDIA L4"), None when unknown."""
    found = _by_name()
    return found.get(_exact(name)) or found.get(_short(name))


@cache
def _rows() -> tuple[tuple[KnownGpu, tuple[str, ...]], ...]:
    return tuple(
        (
            KnownGpu(
                row["name"],
                row["vendor"].lower(),
                row.get("compute_capability"),
                row.get("gfx"),
                row.get("memory_gb"),
                Provenance.of(row),
            ),
            tuple(row.get("aliases", ())),
        )
        for row in read_rows("gpus.toml")["gpu"]
    )


@cache
def _by_name() -> dict[str, KnownGpu]:
    found: dict[str, KnownGpu] = {}
    for gpu, aliases in _rows():
        for name in (gpu.name, *aliases):
            found.setdefault(_exact(name), gpu)
    for gpu, aliases in _rows():
        for name in (gpu.name, *aliases):
            found.setdefault(_short(name), gpu)
    return found


def _exact(name: str) -> str:
    return re.sub(r"[\s_-]+", " ", name.lower()).strip()


def _short(name: str) -> str:
    return re.sub(r"\s+", " ", _FILLERS.sub(" ", _exact(name))).strip()
