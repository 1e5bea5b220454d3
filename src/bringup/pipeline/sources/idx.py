"""IDX files: the format of MNIST and its kin, gzipped or not.

Two zero bytes, the type of a value (8: unsigned byte), the number of dimensions, then each
dimension as a big-endian 32-bit number, then the values.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from bringup.base.errors import BringupError
from bringup.pipeline.sources.raw import RawData, Rows

_GZIP_MAGIC: Final = b"\x1f\x8b"
_UNSIGNED_BYTE: Final = 8


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Return the values of one IDX file, in the shape that it states.

    Raises:
        BringupError: PRE010, no IDX file of unsigned bytes; PRE011, the file ends too early or
            too late; FIL004, there is no such file.
    """
    data = _bytes_of(path)
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] != _UNSIGNED_BYTE or data[3] == 0:
        raise BringupError("PRE010", path=path, found=data[:4].hex(" ") or "nothing")
    dimensions = data[3]
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise BringupError("PRE011", path=path, found=len(data), expected=start)
    shape = struct.unpack(f">{dimensions}I", data[4:start])
    # In Python's numbers: the product of four damaged ones may not fit into 64 bits.
    expected = start
    size = 1
    for length in shape:
        size *= length
    expected += size
    if len(data) != expected:
        raise BringupError("PRE011", path=path, found=len(data), expected=expected)
    return np.frombuffer(data, np.uint8, offset=start).reshape(shape)


def read_idx_dataset(row: dict[str, Any], files: dict[str, Path]) -> RawData:
    """Read the four files of a data set with a named test split.

    Raises:
        BringupError: as ``read_idx``; PRE012, images and labels differ in number; PRE013, a
            label that is no class.
    """
    return RawData(
        rows=_rows(files["train_inputs"], files["train_targets"], row),
        test=_rows(files["test_inputs"], files["test_targets"], row),
        target_name=row["target_name"],
        class_names=tuple(row["class_names"]),
    )


def _rows(inputs_path: Path, targets_path: Path, row: dict[str, Any]) -> Rows:
    inputs, targets = read_idx(inputs_path), read_idx(targets_path)
    if inputs.shape[1:] != tuple(row["input_shape"]) or targets.ndim != 1:
        raise BringupError(
            "PRE016", path=inputs_path, found=inputs.shape[1:], expected=row["input_shape"]
        )
    if len(inputs) != len(targets):
        raise BringupError("PRE012", path=inputs_path, inputs=len(inputs), targets=len(targets))
    if len(targets) and int(targets.max()) >= row["classes"]:
        raise BringupError(
            "PRE013", path=targets_path, found=int(targets.max()), classes=row["classes"]
        )
    return Rows(inputs, targets.astype(np.int64))


def _bytes_of(path: Path) -> bytes:
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        raise BringupError("FIL004", path=path) from error
    if not data.startswith(_GZIP_MAGIC):
        return data
    try:
        return gzip.decompress(data)
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise BringupError("PRE017", path=path, reason=error) from error
