"""The memory that we may use is small.

Our control group may use {limit} of the machine's {total}; {needed} are the least to work with.

Finds: a memory limit of the container or job that importing a framework nearly fills: below 2 GiB,
below 4 GiB with a GPU. Below 1 GiB it is an error.

Why: importing torch takes about 0.5 GB, starting CUDA some GB more, and each worker that loads
data adds its own. Programs see the whole machine's memory, take more than the limit, and are
killed without a word: "Killed", exit code 137.

Evidence: `memory.limit_bytes`, `memory.total_bytes`; also `gpu.devices`, `surroundings.container`,
`surroundings.cluster`.

Fix: raise the limit: `docker run --memory 8g ...`, `resources.limits.memory: 8Gi` in Kubernetes,
`#SBATCH --mem=8G` in Slurm, "Resources" in Docker Desktop's settings.

False alarms: small models that are only served with ONNX Runtime need less.

References: https://docs.docker.com/engine/containers/resource_constraints/ how the limits are set
https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/ a container above
its limit is killed
https://github.com/mozilla/bugbug/issues/3906 training ends with status 137

---

可用的内存很少。

控制组只能使用机器 {total} 内存中的 {limit}；至少需要 {needed} 才能工作。

发现：容器或作业的内存限制几乎会被导入框架这一步占满：低于 2 GiB，有 GPU 时低于 4 GiB。低于 1 GiB
视为错误。

原因：导入 torch 约需 0.5 GB，启动 CUDA 还需数 GB，每个加载数据的工作进程也各占一份。程序看到的是整
台机器的内存，用量超过限制后会被直接杀死："Killed"，退出码 137。

修复：提高限制：`docker run --memory 8g ...`；Kubernetes 中的 `resources.limits.memory: 8Gi`；Slurm
中的 `#SBATCH --mem=8G`；Docker Desktop 设置中的 "Resources"。

误报：仅用 ONNX Runtime 提供服务的小模型需要的内存更少。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.meant import gpu_meant
from bringup.doctor.rule import Verdict, error, warning
from bringup.doctor.sizes import GIB, size

TINY = GIB
"""Installing and importing a framework at once is more than this."""
WITH_CPU = 2 * GIB
"""torch or TensorFlow imported, a small model and one worker that loads data."""
WITH_GPU = 4 * GIB
"""The same, and what CUDA keeps in the host's memory."""


def check(case: Case) -> Verdict:
    """Hold the control group's limit against what a framework takes at rest."""
    limit, total = case.number("memory.limit_bytes"), case.number("memory.total_bytes")
    needed = WITH_GPU if gpu_meant(case) else WITH_CPU
    if limit is None or total is None or limit >= needed:
        return None
    found = error if limit < TINY else warning
    return found(
        "memory.limit_bytes",
        "memory.total_bytes",
        limit=size(limit),
        total=size(total),
        needed=size(needed),
    )
