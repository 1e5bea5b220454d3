"""The container engine's socket is mounted into this container.

Programs in this {kind} container can talk to the engine of the host, and through it are root
there.

Finds: the socket of Docker or podman inside a container.

Why: who may talk to the engine starts a container with the host's disk mounted and does as root
does. A notebook, a model with code in it, or a package that is installed here then owns the host.

Evidence: `surroundings.container`, `security.docker_socket`; also `security.root`.

Fix: leave `-v {socket}:{socket}` out. To build images in here use a builder without a daemon
(BuildKit rootless, buildah), to watch containers a proxy that passes on only what is asked for.

False alarms: runners of CI, development containers and tools that manage the host, in which only
trusted code runs.

References: https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html rule
1: do not expose the socket https://docs.docker.com/engine/security/protect-access/ what the
socket allows

---

容器引擎的套接字被挂载到此容器中。

此 {kind} 容器中的程序可以与主机的引擎通信，并由此成为主机的 root。

发现：容器内有 Docker 或 podman 的套接字。

原因：能与引擎通信的人，可以启动挂载主机磁盘的容器，做 root 能做的一切。笔记本、带代码的模型或在这
里安装的软件包就能控制主机。

修复：去掉 `-v {socket}:{socket}`。在容器内构建镜像请用不需要守护进程的构建器（BuildKit
rootless、buildah）；监视容器请用只转发所需请求的代理。

误报：CI 运行器、开发容器和管理主机的工具，其中只运行可信的代码。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_IN_CONTAINER, Verdict, warning


def check(case: Case) -> Verdict:
    """Look for the socket."""
    kind = case.text("surroundings.container")
    if kind is None:
        return NOT_IN_CONTAINER
    if case.value("security.docker_socket") is not True:
        return None
    fact = case.machine.facts["security.docker_socket"]
    socket = fact.source if fact.source.startswith("/") else "/var/run/docker.sock"
    return warning("security.docker_socket", "surroundings.container", kind=kind, socket=socket)
