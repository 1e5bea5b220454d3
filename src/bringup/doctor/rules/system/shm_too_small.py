"""Shared memory is too small for workers that load data.

/dev/shm has {size}: workers that load data, and GPUs that talk to each other, need more.

Finds: a container whose /dev/shm is not larger than the engine's 64 MB; with two NVIDIA GPUs or
more it is an error.

Why: PyTorch's DataLoader hands batches over in shared memory, and NCCL keeps the buffers between
the GPUs of a machine there. When it is full, workers die with "Bus error ... out of shared
memory", and NCCL ends with "unhandled system error".

Evidence: `shm.size_bytes`, `surroundings.container`; also `shm.free_bytes`, `gpu.devices`.

Fix: start the container with `--shm-size=8g` or with `--ipc=host`; write `shm_size: 8gb` in a
compose file; in Kubernetes mount an `emptyDir` with `medium: Memory` at /dev/shm. Without that use
`num_workers=0`.

False alarms: programs that use one process and one GPU.

References: https://docs.pytorch.org/docs/stable/multiprocessing.html how tensors are shared
https://github.com/pytorch/pytorch/issues/5040 a worker is killed by "Bus error"
https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html NCCL and shared
memory in containers

---

共享内存太小，无法供加载数据的工作进程使用。

/dev/shm 只有 {size}：加载数据的工作进程以及相互通信的 GPU 需要更多。

发现：容器的 /dev/shm 不大于引擎默认的 64 MB；有两块或更多 NVIDIA GPU 时视为错误。

原因：PyTorch 的 DataLoader 通过共享内存传递批次，NCCL 也把同一机器上 GPU 之间的缓冲区放在那里。占
满后，工作进程以 "Bus error ... out of shared memory" 死亡，NCCL 则以 "unhandled system error" 结
束。

修复：用 `--shm-size=8g` 或 `--ipc=host` 启动容器；在 compose 文件中写 `shm_size: 8gb`；在
Kubernetes 中把 `medium: Memory` 的 `emptyDir` 挂载到 /dev/shm。否则请使用 `num_workers=0`。

误报：只使用一个进程和一块 GPU 的程序。
"""

from __future__ import annotations

from bringup.doctor import sizes
from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_IN_CONTAINER, Verdict, error, warning

ENGINES_DEFAULT = 64 * sizes.MIB
"""What Docker, Podman and containerd give when nobody asks for more."""


def check(case: Case) -> Verdict:
    """Find the engine's default; outside containers it is half of the memory."""
    if not case.in_container:
        return NOT_IN_CONTAINER
    shm = case.number("shm.size_bytes")
    if shm is None or shm > ENGINES_DEFAULT:
        return None
    found = error if len(case.nvidia_gpus) > 1 else warning
    return found("shm.size_bytes", "surroundings.container", size=sizes.size(shm))
