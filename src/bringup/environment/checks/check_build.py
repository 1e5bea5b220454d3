"""The framework is the build that was locked, and it sees the devices that are here."""

from typing import Any

import torch


def check(spec: dict[str, Any], device: str) -> str:
    """Compare the version, the build and the devices seen."""
    build, locked = spec["build"], spec["packages"]["torch"]
    if torch.__version__.partition("+")[0] != locked.partition("+")[0]:
        raise AssertionError(f"torch says {torch.__version__}, locked is {locked}")
    found = _build()
    if build != found and not (build == "mps" and found == "cpu"):
        raise AssertionError(f"torch is a {found} build, locked is {build}")
    wanted = spec["gpus"]
    if wanted and found == "cpu":
        raise AssertionError(f"a CPU-only build on a machine with {', '.join(wanted)}")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if build.startswith(("cu", "rocm")) and count < max(1, len(wanted)):
        raise AssertionError(f"torch sees {count} GPUs, the machine has {len(wanted)}")
    return f"torch {torch.__version__}, {count} GPUs"


def _build() -> str:
    if torch.version.cuda:
        return "cu" + "".join(torch.version.cuda.split(".")[:2])
    if torch.version.hip:
        return "rocm" + ".".join(torch.version.hip.split(".")[:2])
    return "xpu" if getattr(torch.version, "xpu", None) else "cpu"
