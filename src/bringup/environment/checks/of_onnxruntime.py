"""ONNX Runtime: a small model on a device, torch's exporter, and the serving environment."""

import importlib.util
import io
import logging
import struct
import warnings
from typing import Any

import numpy
import onnxruntime

_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def import_(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the version with what is locked, and say which providers it has."""
    name = spec["distributions"]["onnxruntime"]
    locked, found = spec["packages"][name], onnxruntime.__version__
    if found.partition("+")[0] != locked.partition("+")[0]:
        raise AssertionError(f"onnxruntime says {found}, locked is {name} {locked}")
    providers = onnxruntime.get_available_providers()
    if spec["gpus"] and _PROVIDERS["cuda"] not in providers:
        raise AssertionError(f"no CUDA provider on a machine with {', '.join(spec['gpus'])}")
    return {"detail": f"{name} {found}: {', '.join(providers)}"}


def model(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Run a small model and compare: a convolution where onnx can build it, else a product."""
    if "onnx" not in spec["packages"]:
        return matmul(spec, device)
    import references

    work = references.convolution()
    session = _session(_convolution_model(work.right), device)
    (found,) = session.run(None, {"images": work.left})
    reference = numpy.maximum(work.reference, 0)
    return references.compared(found, reference, "Conv and Relu, built by onnx.helper", device)


def export(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Bring a small net through torch's exporter to ONNX and back through ONNX Runtime."""
    import torch

    torch.manual_seed(3)
    net = torch.nn.Sequential(
        torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 5)
    ).eval()
    images = torch.randn(2, 1, 8, 8)
    logging.disable(logging.WARNING)
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(net, (images,), dynamo=True, verbose=False)
        expected = net(images).numpy()
    buffer = io.BytesIO()
    program.save(buffer)
    session = _session(buffer.getvalue(), "cpu")
    (found,) = session.run(None, {session.get_inputs()[0].name: images.numpy()})
    return {
        "detail": f"torch's exporter, {len(buffer.getvalue())} bytes",
        "difference": float(numpy.abs(found - expected).max()),
        "tolerance": 1e-5,
    }


def serving(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Run a tiny model, and make sure that torch is absent."""
    if importlib.util.find_spec("torch") is not None:
        raise AssertionError("torch is installed in the serving environment")
    row = matmul(spec, device)
    return {**row, "detail": f"{row['detail']}; onnxruntime {onnxruntime.__version__}, no torch"}


def matmul(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Run a model that the package onnx is not needed for: a product of small numbers."""
    weights = numpy.arange(6, dtype=numpy.float32).reshape(2, 3)
    rows = numpy.array([[1.0, 2.0], [-3.0, 0.5]], dtype=numpy.float32)
    (found,) = _session(product_model(weights), device).run(None, {"rows": rows})
    # Small whole numbers and halves are exact in float32.
    difference = float(numpy.abs(found - rows @ weights).max())
    return {"detail": "2x2 by 2x3", "difference": difference, "tolerance": 0.0}


def _session(model_bytes: bytes, device: str) -> Any:
    kind, _, number = device.partition(":")
    provider: Any = _PROVIDERS[kind]
    if kind == "cuda":
        provider = (provider, {"device_id": int(number)})
    session = onnxruntime.InferenceSession(model_bytes, providers=[provider])
    # ONNX Runtime goes on without a provider that it cannot load.
    if session.get_providers()[0] != _PROVIDERS[kind]:
        raise AssertionError(f"{_PROVIDERS[kind]} could not be loaded; it fell back to the CPU")
    return session


def _convolution_model(weights: Any) -> bytes:
    from onnx import TensorProto, helper, numpy_helper

    images = helper.make_tensor_value_info("images", TensorProto.FLOAT, [4, 3, 16, 16])
    answer = helper.make_tensor_value_info("answer", TensorProto.FLOAT, [4, 8, 14, 14])
    nodes = [
        helper.make_node("Conv", ["images", "weights"], ["sums"]),
        helper.make_node("Relu", ["sums"], ["answer"]),
    ]
    graph = helper.make_graph(
        nodes, "small", [images], [answer], [numpy_helper.from_array(weights, "weights")]
    )
    # Old enough for every ONNX Runtime that the environment can hold: a new onnx would write more.
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    return bytes(made.SerializeToString())


def product_model(weights: Any) -> bytes:
    """Return the bytes of an ONNX model: rows [2, 2] times weights [2, 3].

    Written by hand in protobuf's wire format (onnx.proto3), for where the package onnx is not.
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
