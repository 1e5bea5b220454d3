"""A service has the run of the host.

{service}: {what} gives it the whole machine.

Finds: privileged: true, the engine's socket as a volume, network_mode or pid host in a compose
file; --privileged in a devcontainer.

Why: a process in the container is then as powerful as root on the host.

Evidence: the file.

Fix: give the devices and capabilities that are needed; GPUs need only a device reservation.

False alarms: engines in containers, monitoring agents.

References: https://docs.docker.com/reference/cli/docker/container/run/#privileged what
privileged means

---

某服务拥有主机的全部权限。

{service}：{what} 使其控制整台机器。

发现：compose 文件中的 privileged: true、挂载引擎套接字、network_mode 或 pid 为 host；
devcontainer 中的 --privileged。

原因：容器中的进程等同于主机上的 root。

修复：只给予所需的设备和能力；GPU 只需要设备预留。

误报：容器中的引擎、监控代理。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = (Kind.COMPOSE, Kind.DEVCONTAINER)


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield services with such settings."""
    del case
    for service in source.services:
        line = int(str(service["line"]))
        what = [
            name
            for name, holds in (
                ("privileged", service.get("privileged") is True),
                ("docker.sock", "docker.sock" in str(service.get("volumes"))),
                ("pid: host", service.get("pid") == "host"),
            )
            if holds
        ]
        if what:
            yield warning(line=line, service=service["name"], what=", ".join(what))
    arguments = source.settings.get("runArgs") if source.kind is Kind.DEVCONTAINER else None
    if arguments and "--privileged" in str(arguments):
        yield warning(line=1, service="devcontainer", what="--privileged")
