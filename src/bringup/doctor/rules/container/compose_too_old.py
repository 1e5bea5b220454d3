"""Only the old docker-compose 1 is here.

docker-compose is {version}; there is no `docker compose`.

Finds: docker-compose of version 1 without the plug-in of version 2.

Why: version 1 has not been mended since July 2023. Before 1.28 it cannot give a service the GPU
("'devices' properties is not allowed"), and no version 1 knows `gpus:` or files without
`version:`.

Evidence: `containers.details`; also `os.name`.

Fix: install the plug-in: `sudo {manager} install docker-compose-plugin` (Docker's own packages)
or `docker-compose-v2` (Ubuntu's), then type `docker compose` with a blank.

False alarms: files that are kept for version 1 on purpose.

References: https://docs.docker.com/compose/how-tos/gpu-support/ GPUs in compose files
https://github.com/docker/compose/issues/8142 1.17 and the message
https://github.com/docker/compose/issues/6691 how GPUs came into compose

---

这里只有旧的 docker-compose 1。

docker-compose 是 {version}；没有 `docker compose`。

发现：有 1 版的 docker-compose，而没有 2 版的插件。

原因：1 版自 2023 年 7 月起不再维护。1.28 之前不能把 GPU 交给服务（"'devices' properties is not
allowed"），所有 1 版都不支持 `gpus:` 和没有 `version:` 的文件。

修复：安装插件：`sudo {manager} install docker-compose-plugin`（Docker 官方软件包）或
`docker-compose-v2`（Ubuntu 的），然后使用带空格的 `docker compose`。

误报：有意为 1 版保留的文件。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.engines import details
from bringup.doctor.nvidia import older, package_manager
from bringup.doctor.rule import NO_ENGINE, Verdict, warning


def check(case: Case) -> Verdict:
    """Look for compose of version 1 alone."""
    version = details(case).get("compose")
    if version is None:
        return NO_ENGINE
    text = str(version)
    if not older(text, "2"):
        return None
    return warning(
        "containers.details",
        version=text,
        manager=package_manager(case),
    )
