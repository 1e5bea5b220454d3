"""A small net through the exporter to ONNX and back through ONNX Runtime."""

import io
import logging
import warnings
from typing import Any

import numpy
import onnxruntime
import torch


def check(spec: dict[str, Any], device: str) -> str:
    """Export, read back, run, compare."""
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
    session = onnxruntime.InferenceSession(buffer.getvalue(), providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {session.get_inputs()[0].name: images.numpy()})
    difference = float(numpy.abs(found - expected).max())
    if not difference <= 1e-5:
        raise AssertionError(f"difference {difference:.2e}, allowed 1e-05")
    return f"exported {len(buffer.getvalue())} bytes: difference {difference:.1e}"
