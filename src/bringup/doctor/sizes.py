"""Sizes of memory and disks, as the texts of rules show them and as thresholds name them."""

from __future__ import annotations

from typing import Final

MIB: Final = 1 << 20
GIB: Final = 1 << 30
_TENTHS_BELOW: Final = 100 * GIB
"""Above, a tenth of a GiB tells nobody anything."""


def size(count: float) -> str:
    """Return a number of bytes for people, in units of 1024: ``64 MiB``, ``7.5 GiB``."""
    if count < GIB:
        return f"{count / MIB:.0f} MiB"
    return f"{count / GIB:.1f} GiB" if count < _TENTHS_BELOW else f"{count / GIB:.0f} GiB"
