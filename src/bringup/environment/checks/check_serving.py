"""ONNX Runtime runs a model in an environment that has no training framework."""

import importlib.util
import struct
from typing import Any

import numpy
import onnxruntime


def check(spec: dict[str, Any], device: str) -> str:
    """Run a tiny model with ONNX Runtime, and make sure that torch is absent."""
    if importlib.util.find_spec("torch") is not None:
        raise AssertionError("torch is installed in the serving environment")
    weights = numpy.arange(6, dtype=numpy.float32).reshape(2, 3)
    session = onnxruntime.InferenceSession(
        product_model(weights), providers=["CPUExecutionProvider"]
    )
    rows = numpy.array([[1.0, 2.0], [-3.0, 0.5]], dtype=numpy.float32)
    (found,) = session.run(None, {"rows": rows})
    if not numpy.array_equal(found, rows @ weights):
        raise AssertionError(f"the product of small whole numbers is wrong: {found.tolist()}")
    return f"onnxruntime {onnxruntime.__version__} multiplied; torch is absent"


def product_model(weights: Any) -> bytes:
    """Return the bytes of an ONNX model: rows [2, 2] times weights [2, 3].

    Written by hand in protobuf's wire format (onnx.proto3), since the package onnx is not here.
    """
    node = text(1, "rows") + text(1, "weights") + text(2, "product") + text(4, "MatMul")
    tensor = number(1, 2) + number(1, 3) + number(2, 1) + text(8, "weights")
    tensor += field(9, weights.tobytes())
    graph = field(1, node) + text(2, "graph") + field(5, tensor)
    graph += field(11, value("rows", 2, 2)) + field(12, value("product", 2, 3))
    opset = text(1, "") + number(2, 17)
    return number(1, 8) + field(7, graph) + field(8, opset)


def value(name: str, *shape: int) -> bytes:
    """Encode a ValueInfoProto of float32."""
    dims = b"".join(field(1, number(1, size)) for size in shape)
    tensor = number(1, 1) + field(2, dims)
    return text(1, name) + field(2, field(1, tensor))


def varint(value: int) -> bytes:
    """Encode a number, seven bits a byte, the lowest first."""
    out = b""
    while value > 127:
        out += struct.pack("B", value & 127 | 128)
        value >>= 7
    return out + struct.pack("B", value)


def number(tag: int, value: int) -> bytes:
    """Encode a field that is a number."""
    return varint(tag << 3) + varint(value)


def field(tag: int, data: bytes) -> bytes:
    """Encode a field that is bytes or a message."""
    return varint(tag << 3 | 2) + varint(len(data)) + data


def text(tag: int, value: str) -> bytes:
    """Encode a field that is text."""
    return field(tag, value.encode())
