"""Named data sets, fetched once into a cache that projects share, every digest checked."""

from bringup.datasets.fetch import fetch as fetch
from bringup.datasets.store import dataset_folder as dataset_folder

__all__ = ["dataset_folder", "fetch"]
