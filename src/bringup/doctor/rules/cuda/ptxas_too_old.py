"""The ptxas on PATH is too old for what JAX or TensorFlow compile.

{path} is ptxas {version}: {reason}.

Finds: with JAX or TensorFlow, a ptxas first on PATH that does not know this GPU, or one before
11.1.

Why: XLA compiles its kernels with a ptxas that it finds, often the first on PATH. One that does not
know the GPU makes it fall back to the driver or stop ("ptxas too old", "Unsupported .version");
before 11.1 ptxas is known to translate XLA's code wrongly.

Evidence: `cuda.ptxas_version`, `env.packages`; also `cuda.ptxas_path`, `gpu.devices`.

Fix: put a newer one first: `export PATH={better}:$PATH`, or take the old toolkit out of PATH;
wheels of JAX bring their own.

False alarms: a JAX that finds the ptxas of its own wheel first.

References: https://github.com/openxla/xla/issues/5932 ptxas too old for an H800
https://github.com/jax-ml/jax/issues/25344 Unsupported .version 8.4
https://github.com/jax-ml/jax/issues/10083 the warning about versions before 11.1

---

PATH 上的 ptxas 对 JAX 或 TensorFlow 编译的代码太旧。

{path} 是 ptxas {version}：{reason}。

发现：使用 JAX 或 TensorFlow，而 PATH 上最前面的 ptxas 不认识此 GPU，或早于 11.1。

原因：XLA 用找到的 ptxas 编译内核，多半是 PATH 上的第一个。它不认识 GPU 时，XLA 会改用驱动编译或停止
（"ptxas too old"、"Unsupported .version"）；早于 11.1 的 ptxas 已知会错误翻译 XLA 的代码。

修复：把更新的放在前面：`export PATH={better}:$PATH`，或从 PATH 中去掉旧工具包；JAX 的 wheel 自带
ptxas。

误报：JAX 先找到了自己的 wheel 中的 ptxas。
"""

from __future__ import annotations

from typing import Final

from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.nvidia import version_of
from bringup.doctor.rule import NO_CUDA_TOOLKIT, NO_GPU_BUILD, NO_NVIDIA_GPU, Verdict, warning
from bringup.doctor.toolkits import known_capabilities
from bringup.knowledge.cuda import capability_of

FOLLOWS = ("CUDA008", "CUDA002", "CUDA003")
"""They find the whole toolkit too old, or the wrong one on PATH."""

_XLA: Final = ("jax-cuda12-plugin", "jax-cuda13-plugin", "tensorflow")
_SOUND: Final = Version("11.1")
"""XLA warns of older ones: stream_executor, asm_compiler.cc."""


def check(case: Case) -> Verdict:
    """Hold ptxas against the GPUs and against what XLA says of it."""
    gpus = known_capabilities(case)
    if not gpus:
        return NO_NVIDIA_GPU
    version = version_of(case.text("cuda.ptxas_version"))
    if version is None:
        return NO_CUDA_TOOLKIT
    if not any(name in case.packages for name in _XLA):
        return NO_GPU_BUILD
    gpu, device = gpus[0]
    known = capability_of(str(version))
    if known is not None and Version(known.ceiling) < device:
        reason = f"{gpu.name} {device} > {known.ceiling}"
    elif version < _SOUND:
        reason = f"{version} < {_SOUND}"
    else:
        return None
    return warning(
        "cuda.ptxas_path",
        "cuda.ptxas_version",
        "gpu.devices",
        path=case.text("cuda.ptxas_path") or "ptxas",
        version=version,
        reason=reason,
        better=_better(case, version),
    )


def _better(case: Case, version: Version) -> str:
    """Return the bin folder of the newest toolkit that is here, where there is a newer one."""
    rows = [(version_of(str(row["version"])), row) for row in case.records("cuda.toolkits")]
    newer = [(one, str(row["path"])) for one, row in rows if one is not None and one > version]
    return f"{max(newer)[1] if newer else '/usr/local/cuda'}/bin"
