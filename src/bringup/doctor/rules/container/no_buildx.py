"""Docker has no buildx: images are built the old way, or not at all.

The client is {version}, and its plug-in buildx is not installed.

Finds: a Docker client from version 23 on, at a usual place, without the plug-in docker-buildx.

Why: since version 23 the new builder is a plug-in. Without it `docker build` falls back to the
old one, which knows no `RUN --mount` and no platforms; with DOCKER_BUILDKIT=1 it ends with
"BuildKit is enabled but the buildx component is missing or broken".

Evidence: `containers.details`, `containers.engines`.

Fix: `sudo {manager} install docker-buildx-plugin` where Docker's own packages are installed,
`sudo {manager} install docker-buildx` for those of the distribution.

False alarms: a machine where images are only run. Plug-ins at unusual places: only clients in
/usr are judged.

References: https://docs.docker.com/engine/deprecated/#legacy-builder-fallback what changed
https://github.com/myoung34/docker-github-actions-runner/issues/280 the message on a runner
https://github.com/toverainc/willow-inference-server/issues/69 the message on Arch Linux

---

Docker 没有 buildx：镜像用旧方式构建，或根本无法构建。

客户端是 {version}，没有安装 buildx 插件。

发现：23 及以后版本的 Docker 客户端在常规位置，没有 docker-buildx 插件。

原因：从 23 版起，新的构建器是插件。没有它时 `docker build` 退回旧构建器，后者不支持 `RUN --mount`
和多平台；设置 DOCKER_BUILDKIT=1 时会以 "BuildKit is enabled but the buildx component is missing
or broken" 结束。

修复：使用 Docker 官方软件包时：`sudo {manager} install docker-buildx-plugin`；使用发行版软件包
时：`sudo {manager} install docker-buildx`。

误报：只运行镜像的机器。插件放在不寻常的位置：只检查 /usr 中的客户端。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.engines import details, docker
from bringup.doctor.nvidia import older, package_manager
from bringup.doctor.rule import NO_ENGINE, NOT_LINUX, Verdict, warning

_PLUGIN_SINCE: Final = "23"
"""Older clients have the builder in themselves."""
_USUAL: Final = ("/usr/bin/", "/usr/local/bin/", "/bin/")
"""Clients of snap, Nix and Homebrew keep their plug-ins where nobody looks."""


def check(case: Case) -> Verdict:
    """Look for a new client without the plug-in."""
    row = docker(case)
    if row is None:
        return NO_ENGINE
    if not case.linux:
        return NOT_LINUX
    version = row.get("client_version")
    if version is None or older(str(version), _PLUGIN_SINCE):
        return None
    usual = str(row.get("path")).startswith(_USUAL)
    if details(case).get("buildx") is not False or not usual or row.get("daemon") is False:
        return None
    return warning(
        "containers.details",
        "containers.engines",
        version=version,
        manager=package_manager(case),
    )
