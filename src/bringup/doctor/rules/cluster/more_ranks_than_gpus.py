"""More processes than GPUs are started on this machine.

{variable}={ranks}, and programs here see {gpus} GPUs: two ranks land on one of them.

Finds: LOCAL_WORLD_SIZE above the number of GPUs that are visible (an error), or
SLURM_NTASKS_PER_NODE above SLURM_GPUS_ON_NODE (a warning).

Why: NCCL serves one rank per GPU. More end with "Duplicate GPU detected : rank 1 and rank 0 both
on CUDA device" or "CUDA error: invalid device ordinal".

Evidence: `gpu.devices`, `variables.set`; also `gpu.visible`.

Fix: start {gpus} per machine: `torchrun --nproc-per-node={gpus}`, in Slurm
`--ntasks-per-node={gpus} --gpus-per-node={gpus}`. See whether CUDA_VISIBLE_DEVICES hides some.

False alarms: ranks that work on the CPU, or share GPUs through MPS without NCCL.

References: https://github.com/NVIDIA/nccl/issues/418 one rank per GPU, says its maintainer
https://github.com/NVIDIA/Megatron-LM/issues/661 Duplicate GPU detected
https://docs.pytorch.org/docs/stable/elastic/run.html processes per node

---

在这台机器上启动的进程多于 GPU。

{variable}={ranks}，而这里的程序只看到 {gpus} 个 GPU：会有两个进程使用同一个 GPU。

发现：LOCAL_WORLD_SIZE 大于可见 GPU 的数量（错误），或 SLURM_NTASKS_PER_NODE 大于
SLURM_GPUS_ON_NODE（警告）。

原因：NCCL 的每个 GPU 只能对应一个进程。更多进程会以 "Duplicate GPU detected : rank 1 and rank 0
both on CUDA device" 或 "CUDA error: invalid device ordinal" 结束。

修复：每台机器启动 {gpus} 个：`torchrun --nproc-per-node={gpus}`，Slurm 中为
`--ntasks-per-node={gpus} --gpus-per-node={gpus}`。请检查 CUDA_VISIBLE_DEVICES 是否隐藏了一些。

误报：在 CPU 上工作的进程，或不用 NCCL 而通过 MPS 共享 GPU 的进程。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nodes import count_in
from bringup.doctor.rule import NO_GPU, NO_LAUNCHER, Verdict, error, warning

FOLLOWS = ("GPU007",)
"""Hidden GPUs are the cause then."""

_TORCH: Final = "LOCAL_WORLD_SIZE"
_SLURM: Final = "SLURM_NTASKS_PER_NODE"
_EACH_ITS_OWN: Final = ("SLURM_GPUS_PER_TASK", "SLURM_TRES_PER_TASK")
"""With these a task sees its own GPU only, and the counts say nothing."""


def check(case: Case) -> Verdict:
    """Hold the number of local ranks against the GPUs."""
    gpus = case.nvidia_gpus
    if not gpus:
        return NO_GPU
    ranks, tasks = count_in(case, _TORCH), count_in(case, _SLURM)
    if ranks is None and tasks is None:
        return NO_LAUNCHER
    if case.wants is not None and case.wants.build == "cpu":
        return None
    own = any(name in case.variables for name in _EACH_ITS_OWN)
    visible = _visible(case, len(gpus))
    if ranks is not None and ranks > visible and not own:
        return error("variables.set", "gpu.devices", variable=_TORCH, ranks=ranks, gpus=visible)
    given = count_in(case, "SLURM_GPUS_ON_NODE")
    if tasks is not None and given is not None and tasks > given > 0 and not own:
        return warning("variables.set", "gpu.devices", variable=_SLURM, ranks=tasks, gpus=given)
    return None


def _visible(case: Case, count: int) -> int:
    """Return how many GPUs the variable leaves; slices of a GPU count as they are named."""
    name, _, value = (case.text("gpu.visible") or "").partition("=")
    if name != "CUDA_VISIBLE_DEVICES" or not value:
        return count
    return len([word for word in value.split(",") if word.strip() and word.strip() != "-1"])
