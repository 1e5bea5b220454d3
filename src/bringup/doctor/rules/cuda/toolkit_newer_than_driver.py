"""The CUDA toolkit is of a newer major version than the driver runs.

The toolkit ({path}) is CUDA {toolkit}, the driver {driver} runs programs up to CUDA {most}.

Finds: the toolkit of CUDA_HOME, else of nvcc on PATH, with a major version above that of the
driver. A newer minor version is no finding.

Why: what is compiled here ends with "CUDA driver version is insufficient for CUDA runtime version"
(error 35), or "the provided PTX was compiled with an unsupported toolchain" (222).

Evidence: `driver.cuda_version`; also `cuda.nvcc_version`, `cuda.nvcc_path`, `cuda.home`,
`cuda.toolkits`, `gpu.nvidia_driver`, `driver.libcuda_paths`.

Fix: update the driver to {floor} or newer, or install a toolkit of CUDA {most} and let CUDA_HOME
and PATH name it.

False alarms: a machine that compiles for others. Where the compatibility library comes first on the
loader's path, nothing is said.

References: https://docs.nvidia.com/deploy/cuda-compatibility/index.html which driver runs which
CUDA https://github.com/NVIDIA/nvbandwidth/issues/61 compiled with a newer CUDA than the driver's
https://github.com/ComputationalRadiationPhysics/cuda_memtest/issues/31 error 222

---

CUDA 工具包的主版本比驱动能运行的更新。

工具包（{path}）是 CUDA {toolkit}，驱动 {driver} 最多运行 CUDA {most} 的程序。

发现：CUDA_HOME 的工具包（没有时看 PATH 上的 nvcc）的主版本高于驱动。次版本更新不报告。

原因：在这里编译的程序会以 "CUDA driver version is insufficient for CUDA runtime version"（错误 35）
或 "the provided PTX was compiled with an unsupported toolchain"（222）结束。

修复：把驱动更新到 {floor} 或更新版本，或安装 CUDA {most} 的工具包，并让 CUDA_HOME 和 PATH 指向它。

误报：为其他机器编译的机器。兼容库在加载路径最前面时不会报告。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import version_of
from bringup.doctor.rule import NO_CUDA_TOOLKIT, NO_NVIDIA_GPU, Verdict, warning
from bringup.doctor.toolkits import used_toolkit
from bringup.knowledge.cuda import cuda_families

FOLLOWS = ("DRV006", "CUDA003", "CUDA001")


def check(case: Case) -> Verdict:
    """Compare the major versions of toolkit and driver."""
    toolkit = used_toolkit(case)
    if toolkit is None:
        return NO_CUDA_TOOLKIT
    most = version_of(case.text("driver.cuda_version"))
    if most is None:
        return NO_NVIDIA_GPU if not case.nvidia_gpus else None
    first = next(iter(case.value("driver.libcuda_paths") or ()), "")
    if toolkit.version.major <= most.major or "compat" in str(first):
        return None
    family = cuda_families().get(toolkit.version.major)
    if family is None:
        return None
    windows = case.machine.os == "windows"
    return warning(
        "driver.cuda_version",
        toolkit.fact,
        "cuda.nvcc_version",
        path=toolkit.path,
        toolkit=toolkit.release,
        driver=case.text("gpu.nvidia_driver") or "-",
        most=most,
        floor=family.min_driver_windows if windows else family.min_driver_linux,
    )
