"""Docker Desktop is not switched on for this WSL distribution.

The client here is Docker Desktop's ({path}), and its daemon does not answer in this distribution.

Finds: inside WSL, Docker Desktop's client without a daemon.

Why: Docker Desktop puts its client and socket only into distributions that are chosen in its
settings, and only while it runs. Otherwise docker ends with "The command 'docker' could not be
found in this WSL 2 distro". WSL 1 is not served at all.

Evidence: `containers.engines`, `surroundings.wsl`; also `variables.set`.

Fix: start Docker Desktop in Windows, switch this distribution on under Settings, Resources, WSL
integration, then open a new shell here. WSL 1 (`wsl -l -v` tells) has to become WSL 2 first: `wsl
--set-version NAME 2`.

False alarms: Docker Desktop is closed on purpose.

References: https://docs.docker.com/desktop/features/wsl/ the setting
https://github.com/microsoft/WSL/issues/9949 the message
https://github.com/docker/for-win/issues/9786 the setting is grey while Docker Desktop is set to
Windows containers

---

Docker Desktop 没有为这个 WSL 发行版启用。

这里的客户端是 Docker Desktop 的（{path}），但它的守护进程在此发行版中没有应答。

发现：在 WSL 中，有 Docker Desktop 的客户端而没有守护进程。

原因：Docker Desktop 只把客户端和套接字放进设置中选定的发行版，而且只在它运行时有效。否则 docker
会以 "The command 'docker' could not be found in this WSL 2 distro" 结束。WSL 1 完全不受支持。

修复：在 Windows 中启动 Docker Desktop，在 Settings、Resources、WSL integration 下启用此发行版，然
后在这里打开新的 shell。WSL 1（用 `wsl -l -v` 查看）要先转换为 WSL 2：`wsl --set-version NAME 2`。

误报：有意关闭了 Docker Desktop。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.engines import desktop_client, docker
from bringup.doctor.rule import NO_ENGINE, NOT_WSL, Verdict, warning


def check(case: Case) -> Verdict:
    """Look for Docker Desktop's client without its daemon."""
    if not case.in_wsl:
        return NOT_WSL
    row = docker(case)
    if row is None:
        return NO_ENGINE
    path = str(row.get("path"))
    if row.get("daemon") is not False or not desktop_client(path):
        return None
    return warning("containers.engines", "surroundings.wsl", path=path)
