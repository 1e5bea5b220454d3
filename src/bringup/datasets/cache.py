"""The folder of the cache that all projects of a user share."""

from bringup.base.caches import cache_folder

__all__ = ["cache_folder"]
