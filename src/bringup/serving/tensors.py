"""Tensors between the protocol's words and NumPy, each mistake named with what was expected."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any, Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from bringup.base.errors import BringupError
from bringup.serving.bundle import TensorSpec

Array: TypeAlias = NDArray[Any]

DTYPES: Final = {
    "BOOL": np.dtype("?"),
    "UINT8": np.dtype("u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "INT8": np.dtype("i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
}
"""The protocol's datatype -> NumPy's, little-endian as the binary extension wants it."""

_KINDS: Final[dict[str, set[type]]] = {
    "b": {bool}, "i": {int}, "u": {int}, "f": {int, float},
}  # fmt: skip
_WORDS: Final = {"b": "true or false", "i": "whole numbers", "u": "whole numbers", "f": "numbers"}
_SHOWN: Final = 40


def check_shape(spec: TensorSpec, shape: Any, *, max_rows: int) -> tuple[int, ...]:
    """Return the shape that a request gives for ``spec``.

    Raises:
        BringupError: SRV110, not the tensor's shape; SRV111, more than ``max_rows`` rows.
    """
    whole = isinstance(shape, list) and all(type(size) is int and size > 0 for size in shape)
    fits = whole and len(shape) == len(spec.shape)
    if not fits or any(
        wanted not in (-1, size) for wanted, size in zip(spec.shape, shape, strict=True)
    ):
        raise BringupError("SRV110", name=spec.name, expected=list(spec.shape), found=short(shape))
    if shape[0] > max_rows:
        raise BringupError("SRV111", name=spec.name, limit=max_rows, found=shape[0])
    return tuple(shape)


def from_json(spec: TensorSpec, shape: tuple[int, ...], data: Any) -> Array:
    """Return the tensor that a request holds as JSON numbers, flat or nested in row-major order.

    Raises:
        BringupError: SRV110 (nested in another shape), SRV112 (how many numbers), SRV113 (no
            numbers), SRV114 (out of range).
    """
    if not isinstance(data, list):
        raise _no_numbers(spec, data)
    numbers = _flat(spec, shape, data)
    if len(numbers) != math.prod(shape):
        raise _wrong_count(spec, shape, expected=math.prod(shape), found=len(numbers))
    # Types are looked at before NumPy sees the values: it would make room for the longest string
    # in every element, and take true for 1.
    kinds = _KINDS[DTYPES[spec.datatype].kind] | ({type(None)} if spec.missing else set())
    if not set(map(type, numbers)) <= kinds:
        raise _no_numbers(spec, next(item for item in numbers if type(item) not in kinds))
    return _array(spec, numbers).reshape(shape)


def from_binary(spec: TensorSpec, shape: tuple[int, ...], data: memoryview) -> Array:
    """Return the tensor that a request holds as bytes (the binary tensor data extension).

    Raises:
        BringupError: SRV112 (how many bytes), SRV114 (not finite).
    """
    dtype = DTYPES[spec.datatype]
    expected = math.prod(shape) * dtype.itemsize
    if len(data) != expected:
        raise _wrong_count(spec, shape, expected=expected, found=len(data), unit="bytes")
    values = np.frombuffer(data, dtype=dtype)
    _refuse_unknown(spec, values)
    return values.reshape(shape)


def short(value: Any) -> str:
    """Return a value as text for an error, cut."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


def _flat(spec: TensorSpec, shape: tuple[int, ...], data: list[Any]) -> list[Any]:
    if not data or not isinstance(data[0], list):
        return data
    for depth, size in enumerate(shape[1:], start=1):
        rows = math.prod(shape[:depth])
        if len(data) != rows or any(type(row) is not list or len(row) != size for row in data):
            raise BringupError(
                "SRV110",
                name=spec.name,
                expected=list(shape),
                found=f"another nesting: {short(data)}",
            )
        data = list(chain.from_iterable(data))
    return data


def _array(spec: TensorSpec, numbers: list[Any]) -> Array:
    dtype = DTYPES[spec.datatype]
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        low, high = min(numbers), max(numbers)
        if low < limits.min or high > limits.max:
            raise BringupError(
                "SRV114", name=spec.name, datatype=spec.datatype,
                expected=f"{limits.min} to {limits.max}",
                found=short(low if low < limits.min else high),
            )  # fmt: skip
        return np.array(numbers, dtype=dtype)
    try:
        with np.errstate(over="ignore"):
            values = np.array(numbers, dtype=np.float64).astype(dtype)
    except OverflowError:
        values = np.array([np.inf], dtype=np.float64)
    _refuse_unknown(spec, values)
    return values


def _refuse_unknown(spec: TensorSpec, values: Array) -> None:
    if values.dtype.kind != "f":
        return
    bad = np.isinf(values) if spec.missing else ~np.isfinite(values)
    if bad.any():
        raise BringupError(
            "SRV114", name=spec.name, datatype=spec.datatype,
            expected="finite numbers in its range", found=str(values[bad].flat[0]),
        )  # fmt: skip


def _no_numbers(spec: TensorSpec, found: Any) -> BringupError:
    kind = _WORDS[DTYPES[spec.datatype].kind]
    return BringupError(
        "SRV113", name=spec.name, datatype=spec.datatype, expected=kind, found=short(found)
    )


def _wrong_count(
    spec: TensorSpec, shape: tuple[int, ...], *, expected: int, found: int, unit: str = "numbers"
) -> BringupError:
    return BringupError(
        "SRV112", name=spec.name, shape=list(shape), expected=expected, found=found, unit=unit
    )
