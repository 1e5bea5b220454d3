"""A service without a login is open to other machines.

{service} listens on {address}, port {port}, and asks nobody for a login.

Finds: the ports of Docker's API, Ray, Dask, TensorBoard and Ollama on addresses that other
machines reach, outside containers and WSL. An error for Docker's API, which gives away the
machine.

Why: these services ask nobody who he is. Scanners find them within hours: Ray's dashboard and
Docker's API run any command, Ollama serves whoever asks, TensorBoard shows files.

Evidence: `network.listening`; also `surroundings.container`, `surroundings.wsl`,
`surroundings.cluster`.

Fix: let it listen on this machine alone: {fix}. From elsewhere use ssh: `ssh -L
{port}:127.0.0.1:{port} HOST`. A container's port is published for this machine alone with `-p
127.0.0.1:{port}:{port}`.

False alarms: a firewall, or a network of its own, that lets nobody else in; another program that
uses the port.

References: https://docs.ray.io/en/latest/ray-security/index.html Ray trusts its network
https://docs.docker.com/engine/security/protect-access/ Docker over TCP
https://docs.ollama.com/faq on which address Ollama listens
https://www.rstreet.org/commentary/lessons-learned-from-the-shadowray-campaign-the-first-known-attack-targeting-ai-workloads/
an attack on open Ray clusters

---

不需要登录的服务对其他机器开放。

{service} 在 {address} 的端口 {port} 上监听，不要求任何人登录。

发现：Docker API、Ray、Dask、TensorBoard 和 Ollama 的端口监听其他机器可访问的地址，不含容器和
WSL。Docker API 为错误，因为它会交出整台机器。

原因：这些服务不询问来者是谁。扫描器几小时内就会找到它们：Ray 的仪表板和 Docker API 可以运行任何命
令，Ollama 为任何人服务，TensorBoard 会显示文件。

修复：让它只在本机监听：{fix}。从别处请使用 ssh：`ssh -L {port}:127.0.0.1:{port} HOST`。容器端口只
对本机发布：`-p 127.0.0.1:{port}:{port}`。

误报：防火墙或专用网络不让其他人进入；其他程序使用了该端口。
"""

from __future__ import annotations

from typing import Final, NamedTuple

from bringup.doctor.case import Case
from bringup.doctor.kernels import is_loopback
from bringup.doctor.rule import NOT_LINUX, Found, Severity, Verdict


class _Service(NamedTuple):
    """A service that asks for no login by default, from its project's documentation."""

    name: str
    fix: str
    gives_away_all: bool = False


_SERVICES: Final = {
    2375: _Service(
        "Docker API",
        "`dockerd -H unix:///var/run/docker.sock` (`systemctl edit docker`)",
        gives_away_all=True,
    ),
    8265: _Service("Ray", "`ray start --head --dashboard-host 127.0.0.1`"),
    8786: _Service("Dask", "`dask scheduler --host 127.0.0.1`"),
    6006: _Service("TensorBoard", "`tensorboard --logdir DIR --host 127.0.0.1`"),
    11434: _Service("Ollama", "`unset OLLAMA_HOST` (`systemctl edit ollama`)"),
}


def check(case: Case) -> Verdict:
    """Look for such ports, the worst first."""
    if not case.linux:
        return NOT_LINUX
    # In there an open port is how a service is reached at all; what is published is not known.
    if case.in_container or case.in_wsl:
        return None
    rows = {
        int(row["port"]): str(row["address"])
        for row in case.records("network.listening")
        if row["port"] in _SERVICES and not is_loopback(str(row["address"]))
    }
    port = min(rows, key=lambda number: not _SERVICES[number].gives_away_all, default=None)
    if port is None:
        return None
    service = _SERVICES[port]
    severity = Severity.ERROR if service.gives_away_all else Severity.WARNING
    values = {
        "port": port,
        "service": service.name,
        "address": rows[port],
        "fix": service.fix,
    }
    return Found(severity, values, ("network.listening",))
