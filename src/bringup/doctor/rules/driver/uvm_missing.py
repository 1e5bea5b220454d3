"""The container has the GPU's device node but not that of unified memory.

{node} is here, /dev/nvidia-uvm is not: nvidia-smi works in this container, CUDA does not.

Finds: inside a container, a node of a GPU without the node /dev/nvidia-uvm.

Why: CUDA needs the module nvidia_uvm. On the host it is loaded when the first program asks for it,
by a helper that may do so (nvidia-modprobe); a container may not. CUDA then ends with "unknown
error" (999) or "no CUDA-capable device".

Evidence: `driver.device_nodes`, `surroundings.container`; also `driver.modules`.

Fix: on the host run `sudo nvidia-modprobe -u -c=0` (or `sudo modprobe nvidia_uvm`) and start the
container again. To keep it so, write `nvidia_uvm` to `/etc/modules-load.d/nvidia-uvm.conf`. Where
nodes are given by hand (LXC, `--device`), give /dev/nvidia-uvm and /dev/nvidia-uvm-tools as well.

False alarms: a container that only watches GPUs (capability "utility").

References: https://github.com/apptainer/singularity/issues/1441 CUDA works in containers only after
it was used on the host
https://github.com/NVIDIA/enroot/issues/105 nvidia_uvm is not loaded
https://github.com/NVIDIA/nvidia-docker/issues/125 nvidia-modprobe is needed

---

容器中有 GPU 的设备节点，却没有统一内存的设备节点。

有 {node}，但没有 /dev/nvidia-uvm：此容器中 nvidia-smi 可用，CUDA 不可用。

发现：容器内有 GPU 的设备节点，但没有 /dev/nvidia-uvm。

原因：CUDA 需要 nvidia_uvm 模块。在主机上，第一个程序需要时由有权限的辅助程序（nvidia-modprobe）
加载；容器没有这个权限。CUDA 会以 "unknown error"（999）或 "no CUDA-capable device" 结束。

修复：在主机上运行 `sudo nvidia-modprobe -u -c=0`（或 `sudo modprobe nvidia_uvm`），再重新启动容器。
要一直有效，请把 `nvidia_uvm` 写入 `/etc/modules-load.d/nvidia-uvm.conf`。手动给出设备节点时
（LXC、`--device`），也要给出 /dev/nvidia-uvm 和 /dev/nvidia-uvm-tools。

误报：只用来监视 GPU 的容器（能力 "utility"）。
"""

from __future__ import annotations

import re
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_IN_CONTAINER, Verdict, error
from bringup.doctor.steps import Command, Privilege

FOLLOWS = ("DRV013",)

_GPU: Final = re.compile(r"/dev/nvidia\d+")


def check(case: Case) -> Verdict:
    """Look for the node that CUDA needs beside that of the GPU."""
    if not case.in_container:
        return NOT_IN_CONTAINER
    paths = [str(row.get("path")) for row in case.records("driver.device_nodes")]
    gpus = [path for path in paths if _GPU.fullmatch(path)]
    if not gpus or "/dev/nvidia-uvm" in paths:
        return None
    return error(
        "driver.device_nodes",
        "surroundings.container",
        node=gpus[0],
        steps=(Command(("sudo", "nvidia-modprobe", "-u", "-c=0"), Privilege.ROOT),),
    )
