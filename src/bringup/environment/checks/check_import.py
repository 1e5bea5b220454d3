"""What is installed is what was locked, and it imports."""

import importlib
from importlib import metadata
from typing import Any

MODULES = {
    "numpy": "numpy",
    "onnx": "onnx",
    "onnxruntime": "onnxruntime",
    "safetensors": "safetensors",
    "scikit-learn": "sklearn",
    "starlette": "starlette",
    "torch": "torch",
    "uvicorn": "uvicorn",
}


def check(spec: dict[str, Any], device: str) -> str:
    """Compare the versions and import the packages that stages use."""
    packages = spec["packages"]
    wrong = [
        f"{name} is {found or 'missing'}, locked is {version}"
        for name, version in packages.items()
        if (found := _installed(name)) != version
    ]
    if wrong:
        raise AssertionError("; ".join(wrong[:5]))
    names = [module for package, module in MODULES.items() if package in packages]
    for module in names:
        importlib.import_module(module)
    return f"{len(packages)} packages as locked; imported {', '.join(names) or 'none'}"


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
