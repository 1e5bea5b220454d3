"""The CUDA toolkit does not know this GPU.

{gpu} has compute capability {capability}, the toolkit ({path}) is CUDA {version} and knows GPUs up
to {ceiling}. CUDA {needed} is the first that knows it.

Finds: the toolkit of CUDA_HOME, else of nvcc on PATH, older than the GPU.

Why: compiling for the GPU ends with "nvcc fatal: Unsupported gpu architecture", extensions that are
compiled at the first use included. Wheels with ready code are not touched.

Evidence: `gpu.devices`; also `cuda.nvcc_version`, `cuda.nvcc_path`, `cuda.home`, `cuda.toolkits`.

Fix: install toolkit {needed} or newer and let CUDA_HOME and PATH name it. To compile with the old
one for this GPU all the same: `export TORCH_CUDA_ARCH_LIST="{ceiling}+PTX"`; the driver then
compiles the rest, slowly, at the first start.

False alarms: nobody compiles for the GPU here.

References: https://github.com/NVlabs/tiny-cuda-nn/issues/239 compute_89 with CUDA 11.3
https://github.com/ingonyama-zk/icicle/issues/226 compute_89 with CUDA 11.7
https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/index.html which release brought which GPU

---

CUDA 工具包不认识此 GPU。

{gpu} 的计算能力为 {capability}，工具包（{path}）是 CUDA {version}，最多支持到 {ceiling}。从 CUDA
{needed} 开始支持。

发现：CUDA_HOME 的工具包（没有时看 PATH 上的 nvcc）比 GPU 旧。

原因：为该 GPU 编译时会以 "nvcc fatal: Unsupported gpu architecture" 结束，首次使用时才编译的扩展也
一样。带有现成代码的 wheel 不受影响。

修复：安装 {needed} 或更新的工具包，让 CUDA_HOME 和 PATH 指向它。如果仍要用旧的编译：
`export TORCH_CUDA_ARCH_LIST="{ceiling}+PTX"`；其余部分由驱动在首次启动时编译，比较慢。

误报：没有人在这里为 GPU 编译。
"""

from __future__ import annotations

from typing import Final

from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_CUDA_TOOLKIT, NO_NVIDIA_GPU, Verdict, warning
from bringup.doctor.toolkits import known_capabilities, used_toolkit
from bringup.knowledge.cuda import capabilities, capability_of

FOLLOWS = ("CUDA003", "CUDA001")
"""The toolkit that fits torch may know the GPU."""

_JETSON: Final = frozenset({Version("5.3"), Version("6.2"), Version("7.2"), Version("8.7")})
"""Boards whose own toolkit knows them, whatever the table of the general ones says."""


def check(case: Case) -> Verdict:
    """Hold the newest GPU against what the toolkit compiles for."""
    gpus = [row for row in known_capabilities(case) if row[1] not in _JETSON]
    if not gpus:
        return NO_NVIDIA_GPU
    toolkit = used_toolkit(case)
    if toolkit is None:
        return NO_CUDA_TOOLKIT
    gpu, device = gpus[0]
    known = capability_of(toolkit.release)
    if known is None or Version(known.ceiling) >= device:
        return None
    knowing = (row.cuda for row in capabilities() if Version(row.ceiling) >= device)
    needed = next(knowing, None)
    if needed is None:
        return None
    return warning(
        "gpu.devices",
        toolkit.fact,
        "cuda.nvcc_version",
        gpu=gpu.name,
        capability=device,
        path=toolkit.path,
        version=toolkit.release,
        ceiling=known.ceiling,
        needed=needed,
    )
