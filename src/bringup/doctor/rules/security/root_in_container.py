"""A service in this container is open to the network, and root runs here.

Programs run as root in this {kind} container, and these ports are open to other machines:
{ports}.

Finds: root in a container in which something listens on an address that others reach, port 22 and
short-lived ports left out.

Why: a fault in a service gives away what its user may do. Root in a container may change all of
its files and the mounted ones, and is root of the host once it gets out. Mounted folders fill
with files that only root can delete.

Evidence: `security.root`, `surroundings.container`, `network.listening`.

Fix: start it as a plain user: `docker run --user $(id -u):$(id -g) ...`, or in the image `RUN
useradd -m app` and `USER app`; in Kubernetes `runAsNonRoot: true`.

False alarms: a user namespace that makes this root a plain user outside (rootless engines; podman
and Apptainer are not judged), or a port that is not published.

References: https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html rule
2: a user of its own https://docs.docker.com/build/building/best-practices/#user the USER of an
image https://kubernetes.io/docs/concepts/security/pod-security-standards/ what clusters ask for

---

此容器中的服务对网络开放，而且以 root 运行。

程序在此 {kind} 容器中以 root 运行，而这些端口对其他机器开放：{ports}。

发现：在容器中以 root 运行，而有程序监听其他机器可访问的地址，不含 22 端口和临时端口。

原因：服务中的漏洞会交出其用户的权限。容器中的 root 可以修改容器和挂载的所有文件，一旦逃出就是主机
的 root。挂载的文件夹中会留下只有 root 才能删除的文件。

修复：以普通用户启动：`docker run --user $(id -u):$(id -g) ...`，或在镜像中写 `RUN useradd -m app`
和 `USER app`；Kubernetes 中为 `runAsNonRoot: true`。

误报：用户命名空间使这个 root 在外面只是普通用户（rootless 引擎；podman 和 Apptainer 不作判断），
或端口没有发布。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.kernels import is_loopback
from bringup.doctor.rule import NOT_IN_CONTAINER, Verdict, warning

_OFTEN_ROOTLESS: Final = frozenset({"podman", "apptainer", "lxc"})
_SSH: Final = 22
_SHORT_LIVED: Final = 32768
"""Linux takes ports from here on for connections of a moment, and frameworks for their ranks."""


def check(case: Case) -> Verdict:
    """Look for root beside an open port."""
    kind = case.text("surroundings.container")
    if kind is None:
        return NOT_IN_CONTAINER
    if case.value("security.root") is not True or kind in _OFTEN_ROOTLESS:
        return None
    ports = sorted(
        {
            int(row["port"])
            for row in case.records("network.listening")
            if not is_loopback(str(row.get("address"))) and row["port"] != _SSH
        }
    )
    ports = [port for port in ports if port < _SHORT_LIVED]
    if not ports:
        return None
    return warning(
        "security.root",
        "network.listening",
        "surroundings.container",
        kind=kind,
        ports=", ".join(map(str, ports)),
    )
