"""GPUs of different generations are numbered differently by CUDA and by nvidia-smi.

Here are {gpus}. CUDA counts the fastest first, nvidia-smi by the slot: GPU 0 may be another one in
each.

Finds: NVIDIA GPUs of different compute capabilities, and no CUDA_DEVICE_ORDER=PCI_BUS_ID.

Why: CUDA_VISIBLE_DEVICES=1 then does not choose the GPU that nvidia-smi calls 1: programs land on
the small card, or on the one that is in use. Training over all of them runs at the pace of the
slowest, and a build may lack code for one.

Evidence: `gpu.devices`; also `variables.set`, `gpu.visible`.

Fix: `export CUDA_DEVICE_ORDER=PCI_BUS_ID` in the shell's start file, then choose with
CUDA_VISIBLE_DEVICES by the numbers of nvidia-smi.

False alarms: the faster GPU happens to be in the first slot; then both orders are the same.

References: https://docs.nvidia.com/cuda/cuda-c-programming-guide/index.html CUDA_DEVICE_ORDER
https://github.com/nanoporetech/bonito/issues/120 numbers that do not match
https://github.com/gpustack/gpustack/issues/1633 jobs on the wrong GPU

---

不同代的 GPU，CUDA 与 nvidia-smi 的编号不同。

这里有 {gpus}。CUDA 把最快的排在最前，nvidia-smi 按插槽编号：两者的 GPU 0 可能不是同一块。

发现：NVIDIA GPU 的计算能力不同，且没有设置 CUDA_DEVICE_ORDER=PCI_BUS_ID。

原因：这时 CUDA_VISIBLE_DEVICES=1 选中的不是 nvidia-smi 所说的 1 号：程序会落到小卡或正在使用的卡
上。在所有卡上一起训练时速度取决于最慢的一块，构建也可能没有其中一块的代码。

修复：在 shell 的启动文件中写 `export CUDA_DEVICE_ORDER=PCI_BUS_ID`，再按 nvidia-smi 的编号用
CUDA_VISIBLE_DEVICES 选择。

误报：更快的 GPU 恰好在第一个插槽；这时两种编号相同。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import capability_of
from bringup.doctor.rule import NO_NVIDIA_GPU, ONE_GPU, Verdict, warning
from bringup.doctor.steps import SetVariable


def check(case: Case) -> Verdict:
    """Look for GPUs whose order is open."""
    gpus = case.nvidia_gpus
    if len(gpus) < 2:
        return ONE_GPU if gpus else NO_NVIDIA_GPU
    kinds = {gpu.name: capability_of(gpu) for gpu in gpus}
    if len({one for one in kinds.values() if one is not None}) < 2:
        return None
    ordered = case.variables.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID"
    if ordered or case.value("gpu.visible") is not None:
        return None
    return warning(
        "gpu.devices",
        "variables.set",
        gpus=", ".join(f"{name} ({one or '?'})" for name, one in kinds.items()),
        steps=(SetVariable("CUDA_DEVICE_ORDER", "PCI_BUS_ID"),),
    )
