"""The NVIDIA driver is older than what the project's build needs.

{build} needs NVIDIA driver {floor} or newer, this machine has {driver}.

Finds: a driver older than the floor of the locked build; without a lock, older than what the CUDA
of the installed torch needs.

Why: a driver runs programs of its own CUDA major version and older ones. Newer ones end with
"The NVIDIA driver on your system is too old" (CUDA error 35), or find no GPU.

Evidence: `gpu.nvidia_driver`; also `env.torch_build`, `env.packages`, `driver.libcuda_paths`,
`os.family`.

Fix: update the driver to {floor} or newer; a toolkit (nvcc) does not help. Or take a build for this
driver: `bringup lock --target auto` chooses one.

False alarms: NVIDIA's compatibility libraries (cuda-compat) on data center GPUs; where they come
first on the loader's path, nothing is said.

References: https://docs.nvidia.com/deploy/cuda-compatibility/index.html which driver runs which
CUDA https://github.com/oobabooga/textgen/issues/4407 an image for CUDA 12.1 on an older driver

---

NVIDIA 驱动比项目所用的构建要求的更旧。

{build} 需要 NVIDIA 驱动 {floor} 或更新版本，本机为 {driver}。

发现：驱动比锁定的构建所要求的旧；没有锁文件时，比已安装的 torch 的 CUDA 所要求的旧。

原因：驱动只能运行自己的 CUDA 主版本及更旧版本的程序。更新的程序会以
"The NVIDIA driver on your system is too old"（CUDA 错误 35）结束，或找不到 GPU。

修复：把驱动更新到 {floor} 或更新版本；安装工具包（nvcc）没有用。或者换用适合该驱动的构建：
`bringup lock --target auto` 会选出一个。

误报：数据中心 GPU 上的 NVIDIA 兼容库（cuda-compat）；它们在加载路径最前面时不会报告。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import older, version_of
from bringup.doctor.rule import NO_GPU_BUILD, NO_NVIDIA_GPU, Verdict, error
from bringup.knowledge.frameworks import framework_table

_FIRST_BRANCH: Final = 100
"""Smaller numbers are those of Jetson's Linux (35.4.1), not of this driver."""


def check(case: Case) -> Verdict:
    """Hold the driver against the locked build, else against the installed torch."""
    if not case.nvidia_gpus and not case.nvidia_on_bus:
        return NO_NVIDIA_GPU
    build, floor = _needed(case)
    if build is None or floor is None:
        return NO_GPU_BUILD
    driver = case.text("gpu.nvidia_driver")
    version = version_of(driver)
    if version is None or version.major < _FIRST_BRANCH or not older(driver, floor):
        return None
    first = next(iter(case.value("driver.libcuda_paths") or ()), "")
    if "compat" in str(first):
        return None
    return error("gpu.nvidia_driver", "env.torch_build", build=build, floor=floor, driver=driver)


def _needed(case: Case) -> tuple[str | None, str | None]:
    if case.wants is not None:
        return case.wants.build, case.wants.driver_floor
    build = case.text("env.torch_build")
    windows = case.machine.os == "windows"
    floor = None if build is None else framework_table().min_driver(build, windows=windows)
    return f"torch {case.packages.get('torch', '')} {build}".replace("  ", " "), floor
