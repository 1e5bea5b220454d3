"""Docker is installed, and its daemon does not answer.

The client {path} is here; its daemon is not: {note}.

Finds: a Docker client on Linux whose daemon has no socket, or one that refuses connections.

Why: after an installation or a reboot nobody may have started the service. Every command then
ends with "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker
daemon running?"

Evidence: `containers.engines`; also `containers.details`, `surroundings.wsl`,
`surroundings.container`, `variables.set`.

Fix: `{command}`. When it stops again: `journalctl -u docker -n 50` tells why.

False alarms: a machine where Docker is kept switched off on purpose. Clients in containers, and
those that ask another daemon, are not judged.

References: https://docs.docker.com/engine/install/linux-postinstall/ start it with the system
https://github.com/docker/for-linux/issues/782 the message

---

已安装 Docker，但它的守护进程没有应答。

客户端 {path} 存在，但守护进程不可用：{note}。

发现：Linux 上有 Docker 客户端，而守护进程没有套接字，或拒绝连接。

原因：安装或重启之后可能没有启动该服务。此时每条命令都以 "Cannot connect to the Docker daemon at
unix:///var/run/docker.sock. Is the docker daemon running?" 结束。

修复：`{command}`。如果它又停止：`journalctl -u docker -n 50` 会说明原因。

误报：有意关闭 Docker 的机器。容器内的客户端，以及连接其他守护进程的客户端不作判断。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case, Record
from bringup.doctor.engines import daemon_elsewhere, desktop_client, details, docker
from bringup.doctor.nvidia import steps_of
from bringup.doctor.rule import NO_ENGINE, NOT_LINUX, Verdict, warning

_OTHER_CAUSE: Final = ("ermission", "timed out")
"""A closed socket is another rule's; a busy daemon may answer later."""


def check(case: Case) -> Verdict:
    """Look for a client without a daemon."""
    row = docker(case)
    if row is None:
        return NO_ENGINE
    if not case.linux:
        return NOT_LINUX
    note = str(row.get("daemon_note") or "")
    if row.get("daemon") is not False or any(word in note for word in _OTHER_CAUSE):
        return None
    path = str(row.get("path"))
    if case.in_container or daemon_elsewhere(case) or (case.in_wsl and desktop_client(path)):
        return None
    command = _start(case, row)
    return warning(
        "containers.engines", path=path, note=note, command=command, steps=steps_of(command)
    )


def _start(case: Case, row: Record) -> str:
    socket = str(details(case).get("socket") or "")
    if str(row.get("path")).startswith("/snap/"):
        return "sudo snap start docker"
    if socket.startswith("/run/user/"):
        return "systemctl --user start docker"
    # WSL has systemd only where its settings say so; `service` works both ways.
    return "sudo service docker start" if case.in_wsl else "sudo systemctl enable --now docker"
