"""The folder of the caches that all projects of a user share."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder: BRINGUP_CACHE_DIR, else where the system keeps caches."""
    if chosen := os.environ.get("BRINGUP_CACHE_DIR"):
        return Path(chosen).expanduser().absolute()
    from platformdirs import user_cache_path

    return user_cache_path("bringup", appauthor=False)
