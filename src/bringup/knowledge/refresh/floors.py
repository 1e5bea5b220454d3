"""The packages of the tables, and the oldest release of each that they hold."""

from __future__ import annotations

from typing import Final

FLOORS: Final = {
    "torch": "1.13.0",
    "torchvision": "0.14.0",
    "torchaudio": "0.13.0",
    "torchtext": "0.14.0",
    "triton": "2.0.0",
    "tensorflow": "2.4.0",
    "tensorflow-cpu": "2.4.0",
    "tensorflow-intel": "2.11.0",
    "keras": "2.4.0",
    "tf-keras": "0",
    "jax": "0.4.1",
    "jaxlib": "0.4.1",
    "jax-cuda12-plugin": "0",
    "jax-cuda13-plugin": "0",
    "jax-cuda12-pjrt": "0",
    "jax-cuda13-pjrt": "0",
    "onnxruntime": "1.11.0",
    "onnxruntime-gpu": "1.11.0",
    "onnx": "1.11",
    "xformers": "0.0.16",
    "flash-attn": "2.0",
    "bitsandbytes": "0.40",
    "vllm": "0.2.0",
    "torchao": "0",
    "transformers": "4.30.0",
    "numpy": "1.19.0",
    "protobuf": "3.19.0",
    "setuptools": "58",
    "ml-dtypes": "0",
    "scipy": "1.5",
    "h5py": "2.10",
}
"""Package -> its oldest release here; "0" for all."""

WITHOUT_METADATA: Final = frozenset({"numpy", "protobuf", "setuptools"})
"""Packages whose own requirements decide nothing; only their files are read."""
