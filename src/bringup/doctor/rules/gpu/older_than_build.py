"""The GPU is older than the code of the project's build.

{gpu} has compute capability {capability}; {build} has code from {floor} on.

Finds: a GPU whose compute capability is below the code of the locked build, of the installed torch
without a lock. It is an error when no GPU is served, a warning when others are.

Why: newer builds leave old generations out: CUDA 13 has no code for Maxwell, Pascal and Volta. The
first kernel ends with "no kernel image is available for execution on the device".

Evidence: `gpu.devices`; also `env.torch_build`, `env.packages`, `os.arch`, `os.family`.

Fix: take a build that still has code for it, for example {better}: `bringup lock --target auto`
chooses one, then `bringup sync`. Otherwise compute on the CPU.

False alarms: a torch that was built here for this GPU, under the version of an official one.

References: https://github.com/pytorch/pytorch/blob/main/RELEASE.md which build has code for which
GPU
https://github.com/pytorch/pytorch/issues/157517 Volta and older leave the builds

---

GPU 比项目构建中的代码更旧。

{gpu} 的计算能力为 {capability}；{build} 只有 {floor} 及以上的代码。

发现：GPU 的计算能力低于锁定构建的代码范围；没有锁文件时，看已安装的 torch。所有 GPU 都不支持时为错
误，还有其他 GPU 受支持时为警告。

原因：新的构建不再包含旧一代：CUDA 13 没有 Maxwell、Pascal 和 Volta 的代码。第一个内核就会以
"no kernel image is available for execution on the device" 结束。

修复：换用仍有相应代码的构建，例如 {better}：`bringup lock --target auto` 会选出一个，再运行
`bringup sync`。否则请用 CPU 计算。

误报：为此 GPU 自行编译的 torch，却使用了官方的版本号。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.gpu_code import build_for, gpu_code, unserved
from bringup.doctor.rule import NO_GPU_BUILD, NO_NVIDIA_GPU, Found, Severity, Verdict


def check(case: Case) -> Verdict:
    """Look for GPUs below the lowest capability of the code."""
    if not case.nvidia_gpus:
        return NO_NVIDIA_GPU
    code = gpu_code(case)
    if code is None:
        return NO_GPU_BUILD
    older = [row for row in unserved(case, code) if row.capability < code.archs[0]]
    if not older:
        return None
    row = older[0]
    values = {
        "gpu": row.gpu.name,
        "capability": row.capability,
        "build": code.label,
        "floor": code.archs[0],
        "better": build_for(row.capability, case),
    }
    severity = Severity.ERROR if row.all else Severity.WARNING
    return Found(severity, values, ("gpu.devices", "env.torch_build"))
