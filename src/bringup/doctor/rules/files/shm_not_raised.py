"""A GPU service keeps the 64 MB of shared memory.

{service} asks for a GPU and sets neither shm_size nor ipc: data-loading workers and NCCL will
run out of /dev/shm.

Finds: a compose service with a GPU reservation (or runtime nvidia) without shm_size and ipc:
host.

Why: workers hand tensors over through /dev/shm; with 64 MB they end with a bus error.

Evidence: the file.

Fix: add `shm_size: 8gb` to {service}.

False alarms: services that only serve one model in one process.

References: https://docs.docker.com/reference/compose-file/services/#shm_size the setting;
https://github.com/pytorch/pytorch/issues/2244 bus errors of workers

---

GPU 服务仍使用 64 MB 共享内存。

{service} 请求 GPU，却没有设置 shm_size 或 ipc：数据加载进程和 NCCL 会用尽 /dev/shm。

发现：带 GPU 预留（或 runtime nvidia）但没有 shm_size 和 ipc: host 的 compose 服务。

原因：加载进程通过 /dev/shm 传递张量；只有 64 MB 会以 bus error 结束。

修复：为 {service} 添加 `shm_size: 8gb`。

误报：只在单进程中提供一个模型的服务。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = (Kind.COMPOSE,)


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield such services."""
    del case
    for service in source.services:
        deploy = str(service.get("deploy"))
        wants_gpu = "gpu" in deploy or service.get("runtime") == "nvidia" or service.get("gpus")
        if wants_gpu and not service.get("shm_size") and service.get("ipc") != "host":
            yield warning(line=int(str(service["line"])), service=service["name"])
