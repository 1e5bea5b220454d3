"""The GPU is newer than the code of the project's build.

{gpu} has compute capability {capability}; {build} has code for {archs} only.

Finds: a GPU whose compute capability is beyond the code of the locked build, of the installed torch
without a lock. It is an error when no GPU is served, a warning when others are.

Why: a build holds code for the generations of its day. On a newer GPU the first kernel ends with
"no kernel image is available for execution on the device"; importing torch only warns.

Evidence: `gpu.devices`; also `env.torch_build`, `env.packages`, `gpu.nvidia_driver`, `os.arch`,
`os.family`.

Fix: take a build with code for it, for example {better}: loosen a pinned version in the
requirements, then `bringup lock --target auto` and `bringup sync`.

False alarms: a torch that was built here for this GPU, under the version of an official one.

References: https://github.com/pytorch/pytorch/blob/main/RELEASE.md which build has code for which
GPU https://github.com/pytorch/pytorch/issues/150733 an RTX 5090 D under a build that does not know
it https://github.com/pytorch/pytorch/issues/167244 the same with a build for CUDA 12.4

---

GPU 比项目构建中的代码更新。

{gpu} 的计算能力为 {capability}；{build} 只有 {archs} 的代码。

发现：GPU 的计算能力超出锁定构建的代码范围；没有锁文件时，看已安装的 torch。所有 GPU 都不支持时为错
误，还有其他 GPU 受支持时为警告。

原因：一个构建只含有当时各代 GPU 的代码。在更新的 GPU 上，第一个内核就会以
"no kernel image is available for execution on the device" 结束；导入 torch 时只有警告。

修复：换用有相应代码的构建，例如 {better}：放宽依赖中固定的版本，再运行 `bringup lock --target auto`
和 `bringup sync`。

误报：为此 GPU 自行编译的 torch，却使用了官方的版本号。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.gpu_code import build_for, gpu_code, unserved
from bringup.doctor.rule import NO_GPU_BUILD, NO_NVIDIA_GPU, Found, Severity, Verdict


def check(case: Case) -> Verdict:
    """Look for GPUs beyond the lowest capability of the code that do not run it."""
    if not case.nvidia_gpus:
        return NO_NVIDIA_GPU
    code = gpu_code(case)
    if code is None:
        return NO_GPU_BUILD
    newer = [row for row in unserved(case, code) if row.capability > code.archs[0]]
    if not newer:
        return None
    row = newer[0]
    values = {
        "gpu": row.gpu.name,
        "capability": row.capability,
        "build": code.label,
        "archs": ", ".join(map(str, code.archs)),
        "better": build_for(row.capability, case),
    }
    severity = Severity.ERROR if row.all else Severity.WARNING
    return Found(severity, values, ("gpu.devices", "env.torch_build"))
