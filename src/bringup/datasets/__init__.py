"""Named data sets, fetched once into a cache that projects share, every digest checked."""

from bringup.datasets.cache import cache_folder
from bringup.datasets.fetch import fetch
from bringup.datasets.store import dataset_folder

__all__ = ["cache_folder", "dataset_folder", "fetch"]
