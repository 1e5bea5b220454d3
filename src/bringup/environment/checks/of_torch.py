"""PyTorch: the build, and real work on a device against float64 on the CPU."""

import os
import shutil
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from torch_processes import collective, workers

__all__ = [
    "allocation", "backward", "bfloat16", "build", "collective", "compile_", "convolution",
    "float16", "import_", "matmul", "workers",
]  # fmt: skip
_CPU_BYTES = 1 << 30


def import_(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Say what was imported; that it was is the check."""
    return {"detail": f"torch {torch.__version__}"}


def build(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the version, the build and the devices seen with what is locked and here."""
    wanted_build, locked = spec["build"], spec["packages"]["torch"]
    if torch.__version__.partition("+")[0] != locked.partition("+")[0]:
        raise AssertionError(f"torch says {torch.__version__}, locked is {locked}")
    found = _build()
    if wanted_build != found and not (wanted_build == "mps" and found == "cpu"):
        raise AssertionError(f"torch is a {found} build, locked is {wanted_build}")
    gpus = spec["gpus"]
    if gpus and found == "cpu":
        raise AssertionError(f"a CPU-only build on a machine with {', '.join(gpus)}")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if wanted_build.startswith(("cu", "rocm")) and count < max(1, len(gpus)):
        raise AssertionError(f"torch sees {count} GPUs, the machine has {len(gpus)}")
    names = [torch.cuda.get_device_name(number) for number in range(count)]
    return {"detail": f"torch {torch.__version__}, {', '.join(names) or '0 GPUs'}"}


def allocation(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Fill a good part of the memory in two blocks, sum both, and give it back."""
    count = _allocatable(spec, device) // 16
    for _ in range(2):
        # The second round proves that what the first one took was given back.
        blocks = [torch.full((count,), value, dtype=torch.int64, device=device) for value in (3, 5)]
        sums = [int(block.sum()) for block in blocks]
        if sums != [3 * count, 5 * count]:
            raise AssertionError(f"{count} threes and fives sum to {sums[0]} and {sums[1]}")
        del blocks
        if device.startswith("cuda"):
            torch.cuda.empty_cache()
    return {"detail": f"2 blocks of {count / 2**17:.0f} MiB, taken and given back twice"}


def matmul(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare one matrix product."""
    generator = torch.Generator().manual_seed(0)
    left = torch.randn(256, 512, generator=generator)
    right = torch.randn(512, 256, generator=generator)
    reference = left.double() @ right.double()
    return _compared(left.to(device) @ right.to(device), reference, "256x512 by 512x256", device)


def convolution(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare one convolution with unfolded patches times weights."""
    generator = torch.Generator().manual_seed(1)
    images = torch.randn(4, 3, 16, 16, generator=generator)
    weights = torch.randn(8, 3, 3, 3, generator=generator)
    patches = functional.unfold(images.double(), kernel_size=3)
    reference = (weights.double().reshape(8, -1) @ patches).reshape(4, 8, 14, 14)
    found = functional.conv2d(images.to(device), weights.to(device))
    return _compared(found, reference, "3x3 over 4x3x16x16", device)


def backward(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the gradient of a linear layer's weights with the formula."""
    inputs, targets, weights, reference = _linear_layer()
    found = _gradient(inputs.to(device), targets.to(device), weights.to(device))
    return _compared(found, reference, "gradient of 5x20 weights", device)


def bfloat16(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the gradient under autocast to bfloat16, which keeps 8 bits of the mantissa."""
    if device.startswith("cuda") and torch.version.cuda:
        major, minor = torch.cuda.get_device_capability(device)
        if major < 8:
            return _skipped("VER033", type="bfloat16", capability=f"{major}.{minor}")
    return _mixed(torch.bfloat16, device, tolerance=3e-2)


def float16(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Compare the gradient under autocast to float16, which keeps 11 bits of the mantissa."""
    return _mixed(torch.float16, device, tolerance=5e-3)


def compile_(spec: dict[str, Any], device: str) -> dict[str, Any]:
    """Let torch.compile generate, compile and run code, and compare what comes out."""
    if skipped := _why_no_compiler(device):
        return skipped
    generator = torch.Generator().manual_seed(4)
    inputs, weights = torch.randn(64, 32, generator=generator), torch.randn(8, 32)

    def layer(rows: Any, matrix: Any) -> Any:
        return torch.tanh(functional.silu(rows @ matrix.T) * 0.5 + 1.0)

    reference = layer(inputs.double(), weights.double())
    with tempfile.TemporaryDirectory(prefix="bringup-compile-") as folder:
        # A cache of its own: what an earlier run compiled proves nothing about today.
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = folder
        try:
            # fullgraph: what could not be compiled fails instead of falling back in silence.
            compiled: Callable[..., Any] = torch.compile(layer, fullgraph=True)
            with torch.no_grad():
                found = compiled(inputs.to(device), weights.to(device)).cpu()
        except RuntimeError as error:
            # A release that is older than the Python says so.
            if "not supported on Python" not in str(error):
                raise
            return _skipped("VER036", reason=str(error).splitlines()[0])
        made = sum(1 for path in Path(folder).rglob("*") if path.suffix in {".so", ".cubin"})
    return _compared(found, reference, f"a layer of 3 operators, {made} binaries made", device)


def _linear_layer() -> tuple[Any, Any, Any, Any]:
    generator = torch.Generator().manual_seed(2)
    inputs = torch.randn(32, 20, generator=generator)
    targets = torch.randint(0, 5, (32,), generator=generator)
    weights = torch.randn(5, 20, generator=generator)
    # d loss / d W = (softmax(x W^T) - onehot)^T x / rows
    logits = inputs.double() @ weights.double().T
    error = functional.softmax(logits, dim=1) - functional.one_hot(targets, 5)
    return inputs, targets, weights, error.T @ inputs.double() / len(inputs)


def _gradient(inputs: Any, targets: Any, weights: Any) -> Any:
    weights = weights.clone().requires_grad_()
    functional.cross_entropy(functional.linear(inputs, weights), targets).backward()
    return weights.grad


def _mixed(dtype: Any, device: str, tolerance: float) -> dict[str, Any]:
    inputs, targets, weights, reference = _linear_layer()
    with torch.autocast(torch.device(device).type, dtype=dtype):
        kept = functional.linear(inputs.to(device), weights.to(device)).dtype
        found = _gradient(inputs.to(device), targets.to(device), weights.to(device))
    if kept != dtype:
        raise AssertionError(f"autocast computed in {kept}, not in {dtype}")
    name = str(dtype).removeprefix("torch.")
    row = _compared(found, reference, f"gradient under autocast to {name}", device)
    return {**row, "tolerance": tolerance}


def _compared(found: Any, reference: Any, detail: str, device: str) -> dict[str, Any]:
    difference = (found.detach().cpu().double() - reference).abs().max() / reference.abs().max()
    # TF32, which some GPUs use for float32 products, keeps 10 bits of the mantissa.
    tolerance = 1e-5 if device == "cpu" else 5e-3
    return {"detail": detail, "difference": difference.item(), "tolerance": tolerance}


def _allocatable(spec: dict[str, Any], device: str) -> int:
    """Return bytes to fill: half of a GPU's free memory, a quarter of the machine's, at most 1 GiB.

    A GPU's memory is shared with nobody who minds; the machine's is.
    """
    if device.startswith("cuda"):
        free, _ = torch.cuda.mem_get_info(device)
        return int(free) // 2
    available = spec.get("memory_bytes") or _CPU_BYTES
    return min(_CPU_BYTES, int(available) // 4)


def _build() -> str:
    if torch.version.cuda:
        return "cu" + "".join(torch.version.cuda.split(".")[:2])
    if torch.version.hip:
        return "rocm" + ".".join(torch.version.hip.split(".")[:2])
    return "xpu" if getattr(torch.version, "xpu", None) else "cpu"


def _why_no_compiler(device: str) -> dict[str, Any] | None:
    """Return why torch.compile has no toolchain here, None when it has one."""
    if device.startswith("cuda"):
        major, minor = torch.cuda.get_device_capability(device)
        if torch.version.cuda and major < 7:
            return _skipped("VER033", type="triton", capability=f"{major}.{minor}")
        names = [os.environ.get("CC", ""), "cc", "gcc", "clang"]
    else:
        names = [os.environ.get("CXX", ""), "g++", "clang++", "c++"]
    if not any(shutil.which(name) for name in names if name):
        return _skipped("VER031", compilers=", ".join(name for name in names if name))
    header = Path(sysconfig.get_paths()["include"]) / "Python.h"
    return None if header.exists() else _skipped("VER032", path=str(header))


def _skipped(code: str, **params: str) -> dict[str, Any]:
    return {"skipped": {"code": code, "params": params}}
