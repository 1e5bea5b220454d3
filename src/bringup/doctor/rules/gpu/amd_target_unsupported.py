"""The ROCm build of torch has no code for this AMD GPU.

{gpu} is {gfx}; {build} has code for {targets}.

Finds: a ROCm build, locked or installed, and AMD GPUs of which none is among its targets.

Why: ROCm code runs on exactly the targets it was built for. Others end with "HIP error: invalid
device function", a segmentation fault, or "Cannot read ... TensileLibrary.dat".

Evidence: `gpu.devices`; also `env.torch_build`, `env.packages`, `variables.set`.

Fix: a GPU of the same family can often be passed off as a supported one:
`HSA_OVERRIDE_GFX_VERSION=10.3.0` for gfx103x, `11.0.0` for gfx110x. AMD does not support this.
Otherwise take a newer build (`bringup lock --target auto`), or the CPU.

False alarms: a torch that was built here for this target.

References:
https://rocm.docs.amd.com/projects/install-on-linux/en/latest/reference/system-requirements.html
supported GPUs https://github.com/ROCm/legacy-rocm-build/issues/2536 invalid device function, and
the override https://github.com/ROCm/rocBLAS/issues/1536 gfx1103 is not supported

---

torch 的 ROCm 构建没有此 AMD GPU 的代码。

{gpu} 为 {gfx}；{build} 只有 {targets} 的代码。

发现：锁定或已安装的是 ROCm 构建，而所有 AMD GPU 都不在其目标之中。

原因：ROCm 的代码只能在编译时指定的目标上运行。其他 GPU 会以 "HIP error: invalid device function"、
段错误或 "Cannot read ... TensileLibrary.dat" 结束。

修复：同系列的 GPU 常可当作受支持的型号使用：gfx103x 用 `HSA_OVERRIDE_GFX_VERSION=10.3.0`，gfx110x
用 `11.0.0`。AMD 不支持这种做法。否则换用更新的构建（`bringup lock --target auto`）或 CPU。

误报：为此目标自行编译的 torch。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import version_of
from bringup.doctor.rule import NO_AMD_GPU, NO_ROCM, Verdict, error
from bringup.knowledge.builds import builds_of
from bringup.knowledge.gpus import gpu_called
from bringup.knowledge.rocm import rocm_versions
from bringup.machine.model import Gpu


def check(case: Case) -> Verdict:
    """Hold the GPUs' targets against those of the build."""
    gpus = [gpu for gpu in case.machine.gpus if gpu.vendor == "amd"]
    if not gpus:
        return NO_AMD_GPU
    build = case.wants.build if case.wants is not None else case.text("env.torch_build")
    if build is None or not build.startswith("rocm"):
        return NO_ROCM
    targets = _targets(case, build)
    known = {gpu.name: _gfx(gpu) for gpu in gpus}
    if not targets or "HSA_OVERRIDE_GFX_VERSION" in case.variables:
        return None
    # A processor's own graphics beside a real GPU are no loss.
    if any(gfx is None or gfx in targets for gfx in known.values()):
        return None
    name, gfx = next(iter(known.items()))
    return error(
        "gpu.devices",
        "env.torch_build",
        gpu=name,
        gfx=gfx,
        build=build,
        targets=", ".join(targets),
    )


def _targets(case: Case, build: str) -> tuple[str, ...]:
    packages = case.wants.packages if case.wants is not None else case.packages
    version = version_of(packages.get("torch"))
    rows = () if version is None else builds_of("torch", version)
    exact = next((row.archs for row in rows if row.build == build and row.archs), ())
    row = rocm_versions().get(build.removeprefix("rocm"))
    return exact or (row.gfx if row else ())


def _gfx(gpu: Gpu) -> str | None:
    known = gpu_called(gpu.name)
    return gpu.gfx or (known.gfx if known else None)
