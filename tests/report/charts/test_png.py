from __future__ import annotations

import struct
import zlib

import pytest

from bringup.report.charts import png


def _decoded(data):
    """Return (width, height, colour type, unfiltered lines) of a PNG that uses filter 0."""
    assert data[:8] == png.SIGNATURE
    chunks, at = {}, 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", data[at + 8 + length : at + 12 + length])
        assert crc == zlib.crc32(kind + body)
        chunks[kind] = body
        at += 12 + length
    assert list(chunks) == [b"IHDR", b"IDAT", b"IEND"]
    width, height, depth, colour, *_ = struct.unpack(">IIBBBBB", chunks[b"IHDR"])
    assert depth == 8
    raw = zlib.decompress(chunks[b"IDAT"])
    step = len(raw) // height
    return width, height, colour, [raw[i * step : (i + 1) * step] for i in range(height)]


def test_gray_pixels_come_back():
    width, height, colour, lines = _decoded(png.encode([[0, 128, 255], [1, 2, 3]]))
    assert (width, height, colour) == (3, 2, 0)
    assert lines == [b"\0\x00\x80\xff", b"\0\x01\x02\x03"]


def test_colour_pixels_come_back():
    width, height, colour, lines = _decoded(png.encode([[[255, 0, 1], [2, 3, 4]]]))
    assert (width, height, colour) == (2, 1, 2)
    assert lines == [b"\0\xff\x00\x01\x02\x03\x04"]


@pytest.mark.parametrize("rows", [[], [[]], [[1, 2], [3]], [[300]], [[-1]], [[[1, 2]]]])
def test_what_is_no_picture_is_refused(rows):
    with pytest.raises(ValueError):
        png.encode(rows)


def test_the_address_holds_the_picture():
    assert png.data_uri([[7]]).startswith("data:image/png;base64,iVBOR")
