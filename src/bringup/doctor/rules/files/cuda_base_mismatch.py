"""The CUDA of the base image is not the framework's.

{image} brings CUDA {base}, and {package} is built for {wanted}: the image is larger, and what
looks for CUDA may find the wrong one.

Finds: a base image nvidia/cuda beside a torch whose default wheels, or whose +cu part, are of
another CUDA major version.

Why: torch, TensorFlow and JAX wheels bring their own CUDA libraries; a base of another major
adds gigabytes and conflicts when LD_LIBRARY_PATH names it.

Evidence: the file.

Fix: take a plain Python image, or nvidia/cuda of CUDA {wanted}; the host needs only the driver.

False alarms: images that compile extensions with the base's nvcc on purpose.

References: https://docs.pytorch.org/get-started/locally/ wheels with their CUDA;
https://github.com/pytorch/pytorch/issues/104591 two CUDA versions in one process

---

基础镜像的 CUDA 与框架的不同。

{image} 带有 CUDA {base}，而 {package} 面向 {wanted} 构建：镜像更大，且可能找到错误的 CUDA
。

发现：nvidia/cuda 基础镜像与默认 wheel 或 +cu 部分属于另一 CUDA 主版本的 torch 并用。

原因：torch、TensorFlow 和 JAX 的 wheel 自带 CUDA 库；其他主版本的基础镜像会增加数 GB，且
LD_LIBRARY_PATH 指向它时会冲突。

修复：使用普通 Python 镜像，或 CUDA {wanted} 的 nvidia/cuda；主机只需要驱动。

误报：有意用基础镜像的 nvcc 编译扩展的镜像。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, Severity

KINDS: Final = (Kind.DOCKERFILE,)

_BASE: Final = re.compile(r"nvidia/cuda:(\d+)\.(\d+)")
_LOCAL: Final = re.compile(r"\+cu(\d{2})(\d)\b|/whl/cu(\d{2})(\d)\b")


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield a CUDA base whose major version is not that of the torch that is installed."""
    del case
    found = [(image, match) for image in source.images if (match := _BASE.search(image.name))]
    if not found:
        return
    image, match = found[-1]
    for install in source.installs:
        text = " ".join((*install.options, *(row.text for row in install.wanted)))
        local = _LOCAL.search(text)
        if local is None or not any(row.name == "torch" for row in install.wanted):
            continue
        major, minor = (local[1], local[2]) if local[1] else (local[3], local[4])
        if major != match[1]:
            base, wanted = f"{match[1]}.{match[2]}", f"{major}.{minor}"
            named = {"image": image.name, "package": "torch"}
            yield Found(
                Severity.WARNING, {**named, "base": base, "wanted": wanted}, line=image.line
            )
