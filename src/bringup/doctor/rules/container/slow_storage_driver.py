"""Docker stores images in the slow way.

The daemon's storage driver is {driver}: {free} GiB are free in {folder}, and each layer of an
image is copied whole or goes through a slow device.

Finds: a Docker daemon with the storage driver vfs, devicemapper, aufs or overlay.

Why: vfs copies all layers below for each new one: an image with CUDA of 8 GB takes a multiple of
that, and builds crawl. The others were taken out of Docker: the next upgrade does not start with
them.

Evidence: `containers.details`; also `surroundings.container`.

Fix: save what is not in a registry (`docker save`), write `"storage-driver": "overlay2"` into
`/etc/docker/daemon.json`, then `sudo systemctl restart docker`. When vfs was taken because
overlay2 does not work there (a container in a container, some network file systems), put {folder}
on ext4 or xfs of its own.

False alarms: an experiment in which nothing of size is stored.

References: https://docs.docker.com/engine/storage/drivers/vfs-driver.md no sharing of layers
https://docs.docker.com/engine/storage/drivers/select-storage-driver/ what to take
https://gitlab.com/gitlab-org/gitlab-runner/-/issues/2548 builds that take long and fill the disk

---

Docker 以慢速方式存储镜像。

守护进程的存储驱动是 {driver}：{folder} 中剩余 {free} GiB，而镜像的每一层都会完整复制，或经过慢速
设备。

发现：Docker 守护进程使用存储驱动 vfs、devicemapper、aufs 或 overlay。

原因：vfs 为每个新层复制下面的所有层：8 GB 的 CUDA 镜像会占用数倍空间，构建也非常慢。其他几种已从
Docker 中移除：下次升级后将无法启动。

修复：先保存不在仓库中的镜像（`docker save`），在 `/etc/docker/daemon.json` 中写入
`"storage-driver": "overlay2"`，然后 `sudo systemctl restart docker`。如果选用 vfs 是因为 overlay2
在那里不能用（容器中的容器、某些网络文件系统），请把 {folder} 放到单独的 ext4 或 xfs 上。

误报：不存储大文件的试验环境。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.engines import details, gib
from bringup.doctor.rule import NO_ENGINE, Verdict, warning

_SLOW: Final = frozenset({"vfs", "devicemapper", "aufs", "overlay"})


def check(case: Case) -> Verdict:
    """Look at the storage driver."""
    row = details(case)
    driver = row.get("storage_driver")
    if driver is None:
        return NO_ENGINE
    if driver not in _SLOW:
        return None
    free = row.get("root_free_bytes")
    return warning(
        "containers.details",
        driver=driver,
        folder=row.get("root_folder") or "/var/lib/docker",
        free="?" if free is None else gib(free),
    )
