"""Readers: from raw files to rows. Each gives the same ``RawData``."""

from bringup.pipeline.sources.raw import RawData, Rows
from bringup.pipeline.sources.read import read_raw

__all__ = ["RawData", "Rows", "read_raw"]
