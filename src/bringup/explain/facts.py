"""What is known beside the log: facts by the names that conditions and fixes use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from bringup.machine.model import Machine

NAMES: Final = frozenset(
    """
    os arch kernel gpu gpus driver cuda cudnn nccl rocm python platform glibc libc cpu memory
    note where image base_image host host_arch docker k8s systemd index wheel library locale df
    driver_cuda driver_max_cuda cuda_toolkit gpu_operator compute_capability gfx shell container
    torch torchvision torchaudio tensorflow keras jax jaxlib numpy scipy pandas onnx onnxruntime
    onnxruntime_gpu transformers flash_attn xformers triton bitsandbytes vllm deepspeed mmcv
    ctranslate2 protobuf tensorrt pip uv conda poetry setuptools wheel_package jupyter notebook
    jupyterlab ipykernel tornado pyzmq jinja2 markupsafe tensorboard mlflow ray spark java pyspark
    horovod mpi gcc cmake rust nvcc windows macos wsl
    """.split()  # noqa: SIM905 - one list to read
)
"""Names of facts that texts may use. Facts of other names are kept, but no text knows them."""

_OF_MACHINE: Final = (
    ("os.arch", "arch"),
    ("os.kernel", "kernel"),
    ("gpu.nvidia_driver", "driver"),
    ("cuda.driver_version", "driver_max_cuda"),
    ("cpu.model", "cpu"),
)


def plain_facts(facts: Mapping[str, Any] | Machine | None) -> dict[str, str]:
    """Return facts as texts by name; what is unknown is left out."""
    if facts is None:
        return {}
    if not isinstance(facts, Mapping):
        return _of_machine(facts)
    return {
        _name(key): str(value).strip()
        for key, value in facts.items()
        if value is not None and str(value).strip()
    }


def _name(key: Any) -> str:
    return re.sub(r"[^a-z0-9]+", "_", str(key).lower()).strip("_")


def _of_machine(machine: Machine) -> dict[str, str]:
    found = {
        name: str(value)
        for key, name in _OF_MACHINE
        if isinstance(value := machine.value(key), (str, int, float))
    }
    parts = [machine.value("os.name") or machine.os, machine.value("os.version")]
    if system := " ".join(str(part) for part in parts if part):
        found["os"] = (
            f"{system} (WSL 2)" if "microsoft" in found.get("kernel", "").lower() else system
        )
    if machine.libc and machine.libc_version:
        found[machine.libc] = machine.libc_version
    if machine.gpus:
        gpu = machine.gpus[0]
        found["gpu"] = gpu.name
        found["gpus"] = str(len(machine.gpus))
        if gpu.compute_capability:
            found["compute_capability"] = gpu.compute_capability
        if gpu.gfx:
            found["gfx"] = gpu.gfx
    if machine.interpreters:
        found["python"] = machine.interpreters[0].version
    return found
