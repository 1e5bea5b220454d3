"""A PNG encoder for the small pictures of a data set: gray or RGB, eight bits."""

from __future__ import annotations

import base64
import struct
import zlib
from collections.abc import Sequence
from typing import Any, Final

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_GRAY, _RGB = 0, 2


def encode(rows: Sequence[Sequence[Any]]) -> bytes:
    """Return the PNG of ``rows``: [height][width] of 0..255, or [height][width][3].

    Raises:
        ValueError: the rows are empty, of unequal length, or hold no bytes.
    """
    if not rows or not rows[0]:
        raise ValueError("a picture needs at least one pixel")
    height, width = len(rows), len(rows[0])
    is_rgb = isinstance(rows[0][0], Sequence)
    if any(len(row) != width for row in rows):
        raise ValueError("the rows of a picture must be equally long")
    data = b"".join(b"\x00" + _line(row, is_rgb=is_rgb) for row in rows)
    header = struct.pack(">IIBBBBB", width, height, 8, _RGB if is_rgb else _GRAY, 0, 0, 0)
    return b"".join(
        (
            SIGNATURE,
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(data, 9)),
            _chunk(b"IEND", b""),
        )
    )


def data_uri(rows: Sequence[Sequence[Any]]) -> str:
    """Return the picture as an address that needs no file and no network."""
    return "data:image/png;base64," + base64.b64encode(encode(rows)).decode("ascii")


def _line(row: Sequence[Any], *, is_rgb: bool) -> bytes:
    if not is_rgb:
        return bytes(int(value) for value in row)
    if any(len(pixel) != 3 for pixel in row):
        raise ValueError("a pixel of a colour picture has three values")
    return bytes(int(value) for pixel in row for value in pixel)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
