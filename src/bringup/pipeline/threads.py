"""How the threads of one operation wait for each other."""

from __future__ import annotations

import os
from typing import Final

_SPINS: Final = "10000"


def spin_briefly() -> None:
    """Let waiting threads sleep soon. To be called before a framework is imported.

    GNU's OpenMP lets a thread that waits for another spin for about a millisecond. On a machine
    that other programs use too, the thread it waits for often has no core at all, and spinning
    takes it from it: epochs of 0.3 s were seen to take 6 to 17 s, and 1.8 s with this count,
    which costs nothing on an idle machine. What the user has set stays.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _SPINS)
