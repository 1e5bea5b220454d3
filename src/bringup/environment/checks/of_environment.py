"""What is installed is what was locked, it imports, and the frameworks bear each other."""

import importlib
from importlib import metadata
from typing import Any

MODULES = {
    "numpy": "numpy",
    "onnx": "onnx",
    "safetensors": "safetensors",
    "scikit-learn": "sklearn",
    "starlette": "starlette",
    "uvicorn": "uvicorn",
}
"""Packages that stages use; the frameworks have checks of their own."""


def import_(spec: dict[str, Any], device: str) -> dict[str, Any]:
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
    return {"detail": f"{len(packages)} packages as locked; imported {', '.join(names) or 'none'}"}


def together(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Multiply in every framework within one process: their libraries must bear each other."""
    worst: dict[str, Any] = {}
    for name in spec["together"]:
        result = importlib.import_module(f"of_{name}").matmul(spec, "cpu")
        if result["difference"] > result["tolerance"]:
            raise AssertionError(f"{name} beside the others: difference {result['difference']:.2e}")
        worst = max(worst, result, key=lambda row: row.get("difference", -1.0))
    names = ", ".join(spec["together"])
    return {**worst, "detail": f"{names} in one process, each multiplied"}


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
