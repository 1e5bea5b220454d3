"""The CUDA toolkit no longer compiles for this GPU.

{gpu} has compute capability {capability}, the toolkit ({path}) is CUDA {version} and compiles from
{floor} on. CUDA {needed} is the last that compiles for it.

Finds: the toolkit of CUDA_HOME, else of nvcc on PATH, newer than the last one for every GPU here.

Why: CUDA 12 dropped Kepler; CUDA 13 Maxwell, Pascal and Volta. Compiling ends with "nvcc fatal:
Unsupported gpu architecture", and the toolkit's libraries have no code for the GPU.

Evidence: `gpu.devices`; also `cuda.nvcc_version`, `cuda.nvcc_path`, `cuda.home`, `cuda.toolkits`.

Fix: install toolkit {needed} beside this one and let CUDA_HOME and PATH name it.

False alarms: a machine that compiles for others.

References: https://docs.nvidia.com/cuda/cuda-toolkit-release-notes/index.html deprecated
architectures https://github.com/JuliaGPU/CUDA.jl/pull/3132 V100 under CUDA 13
https://github.com/I2PC/xmipp3/pull/1074 compute_60 under CUDA 13

---

CUDA 工具包不再能为此 GPU 编译。

{gpu} 的计算能力为 {capability}，工具包（{path}）是 CUDA {version}，只能为 {floor} 及以上编译。
CUDA {needed} 是最后支持它的版本。

发现：对这里的每个 GPU，CUDA_HOME 的工具包（没有时看 PATH 上的 nvcc）都比最后支持的版本新。

原因：CUDA 12 停止支持 Kepler，CUDA 13 停止支持 Maxwell、Pascal 和 Volta。编译会以
"nvcc fatal: Unsupported gpu architecture" 结束，工具包的库也没有该 GPU 的代码。

修复：在旁边安装 {needed} 工具包，并让 CUDA_HOME 和 PATH 指向它。

误报：为其他机器编译的机器。
"""

from __future__ import annotations

from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_CUDA_TOOLKIT, NO_NVIDIA_GPU, Verdict, warning
from bringup.doctor.toolkits import known_capabilities, used_toolkit
from bringup.knowledge.cuda import capability_of, toolkits

FOLLOWS = ("CUDA003", "CUDA001")


def check(case: Case) -> Verdict:
    """Hold the newest GPU against the oldest that the toolkit compiles for."""
    gpus = known_capabilities(case)
    if not gpus:
        return NO_NVIDIA_GPU
    toolkit = used_toolkit(case)
    if toolkit is None:
        return NO_CUDA_TOOLKIT
    gpu, device = gpus[0]
    known = capability_of(toolkit.release)
    if known is None or device >= Version(known.floor):
        return None
    needed = next((row.cuda for row in toolkits() if _compiles(row.cuda, device)), None)
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
        floor=known.floor,
        needed=needed,
    )


def _compiles(cuda: str, device: Version) -> bool:
    known = capability_of(cuda)
    return known is not None and Version(known.floor) <= device <= Version(known.ceiling)
