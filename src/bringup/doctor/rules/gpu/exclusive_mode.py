"""The GPU is in a compute mode that turns programs away.

GPU {index} ({gpu}) is in mode {mode}; processes on it: {holders}.

Finds: the mode Prohibited, or Exclusive_Process with a process on the GPU (an error), or
Exclusive_Process outside a cluster (a warning).

Why: under Exclusive_Process one process has the GPU; the next ends with "all CUDA-capable devices
are busy or unavailable": a notebook beside a training, workers of a data loader, two ranks on one
GPU. Under Prohibited none starts.

Evidence: `gpu.states`; also `gpu.processes`, `surroundings.cluster`.

Fix: `{command}`. In a job of a cluster end the other process, or ask for a GPU of your own.

False alarms: a GPU that is shared through MPS needs the mode; where its server runs, nothing is
said.

References: https://docs.nvidia.com/deploy/mps/index.html what the modes mean
https://github.com/NVIDIA/DIGITS/issues/2005 busy or unavailable under E. Process on a cluster
https://github.com/pytorch/pytorch/issues/3871 two programs on one GPU

---

GPU 的计算模式会拒绝程序。

GPU {index}（{gpu}）的模式为 {mode}；其上的进程：{holders}。

发现：模式为 Prohibited，或为 Exclusive_Process 且已有进程（错误），或在集群之外为
Exclusive_Process（警告）。

原因：Exclusive_Process 下只有一个进程能使用 GPU；第二个会以
"all CUDA-capable devices are busy or unavailable" 结束：训练旁边的 notebook、数据加载的子进程、
同一 GPU 上的两个 rank。Prohibited 下任何程序都不能启动。

修复：`{command}`。在集群作业中请结束另一个进程，或申请自己的 GPU。

误报：通过 MPS 共享的 GPU 需要该模式；MPS 服务运行时不会报告。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case, Record
from bringup.doctor.rule import NO_NVIDIA_GPU, Found, Severity, Verdict
from bringup.doctor.steps import Command, Privilege

_EXCLUSIVE: Final = "Exclusive"
_MPS: Final = "nvidia-cuda-mps"


def check(case: Case) -> Verdict:
    """Look for a mode that allows one process, or none."""
    states = case.records("gpu.states")
    if not states:
        return NO_NVIDIA_GPU
    for row in states:
        mode = str(row.get("compute_mode"))
        holders = _holders(case, row)
        if any(_MPS in name for name in holders):
            continue
        exclusive = mode.startswith(_EXCLUSIVE)
        if mode == "Prohibited" or (exclusive and holders):
            return _found(Severity.ERROR, row, holders)
        # Schedulers set the mode on purpose, one job to a GPU.
        if exclusive and case.value("surroundings.cluster") is None:
            return _found(Severity.WARNING, row, holders)
    return None


def _holders(case: Case, row: Record) -> list[str]:
    rows = case.records("gpu.processes")
    return [
        f"{one.get('name')} ({one.get('pid')})"
        for one in rows
        if one.get("gpu_index") == row.get("index")
    ]


def _found(severity: Severity, row: Record, holders: list[str]) -> Found:
    words = ("sudo", "nvidia-smi", "-i", str(row.get("index", 0)), "-c", "DEFAULT")
    values = {
        "index": row.get("index", 0),
        "gpu": row.get("name", "GPU"),
        "mode": row.get("compute_mode"),
        "holders": ", ".join(holders) or "-",
        "command": " ".join(words),
    }
    steps = (Command(words, Privilege.ROOT),)
    return Found(severity, values, ("gpu.states", "gpu.processes"), steps)
