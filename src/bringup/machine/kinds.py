"""The types that a fact's value can have."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """The type of a fact's value."""

    TEXT = "text"
    COUNT = "whole number"
    NUMBER = "number"
    BYTES = "number of bytes"
    FLAG = "true or false"
    TEXTS = "list of texts"
    GPUS = "list of GPUs"
    INTERPRETERS = "list of interpreters"
    SETTINGS = "index settings"
    RECORDS = "list of objects"
