"""There is little room for images and containers.

{free} GiB are free in {folder}, where Docker keeps images, builds and containers.

Finds: less than 10 GiB free there (a warning), or less than 1 GiB (an error).

Why: an image with CUDA and a framework takes 5 to 20 GB, and while it is unpacked twice its
compressed size more. Pulls and builds end with "no space left on device", running containers with
broken files.

Evidence: `containers.details`; also `disk.free_bytes`.

Fix: `docker system df` shows what takes the room; `docker builder prune` and `docker image prune
-a` free what no container uses. To move all: `"data-root"` in `/etc/docker/daemon.json`.

False alarms: a machine on which only small images run.

References: https://docs.docker.com/engine/manage-resources/pruning/ what each command removes
https://github.com/NVIDIA/nvidia-docker/issues/792 a pull of an image with CUDA
https://github.com/moby/moby/issues/10613 the message

---

存放镜像和容器的空间很少。

{folder} 剩余 {free} GiB，Docker 在那里存放镜像、构建和容器。

发现：剩余不足 10 GiB（警告），或不足 1 GiB（错误）。

原因：带 CUDA 和框架的镜像占 5 到 20 GB，解包时还要再占压缩大小的空间。拉取和构建会以 "no space
left on device" 结束，运行中的容器会留下损坏的文件。

修复：`docker system df` 显示占用情况；`docker builder prune` 和 `docker image prune -a` 释放没有
容器使用的部分。要整体搬移：在 `/etc/docker/daemon.json` 中设置 `"data-root"`。

误报：只运行小镜像的机器。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.engines import details, gib
from bringup.doctor.rule import NO_ENGINE, Found, Severity, Verdict

FOLLOWS = ("SYS003",)
"""Mostly it is the same disk."""

_LITTLE: Final = 10 << 30
"""One image with CUDA and a framework, unpacked."""
_NOTHING: Final = 1 << 30
"""Not even a base image with CUDA fits."""


def check(case: Case) -> Verdict:
    """Hold the free room against the size of one image."""
    row = details(case)
    free = row.get("root_free_bytes")
    if free is None:
        return NO_ENGINE
    if free >= _LITTLE:
        return None
    severity = Severity.ERROR if free < _NOTHING else Severity.WARNING
    values = {"free": gib(free), "folder": row.get("root_folder") or "/var/lib/docker"}
    return Found(severity, values, ("containers.details", "disk.free_bytes"))
