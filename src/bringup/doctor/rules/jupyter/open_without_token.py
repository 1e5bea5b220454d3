"""A Jupyter server is open to the network without a token or password.

The server on port {port} listens on {address} and asks for nothing: who reaches it runs commands
as this user.

Finds: a running server with neither token nor password on an address that other machines reach;
in a container it is a warning, for the port may not be published. Also settings that would start
one.

Why: a notebook is a shell. Open servers are found by scanners within hours; they then mine coins
on the GPU and read the keys in the home folder.

Evidence: `jupyter.servers`, `jupyter.config`; also `network.listening`, `env.packages`,
`surroundings.container`.

Fix: start it without `--ServerApp.token=''` and `--ip=0.0.0.0`: the default is a token on
127.0.0.1. From another machine go through ssh: `ssh -L {port}:127.0.0.1:{port} HOST`. To be open
on purpose set a password: `jupyter server password`.

False alarms: a server behind a proxy that asks for a login. Where jupyterhub is installed nothing
is said: it guards its servers itself.

References: https://jupyter-server.readthedocs.io/en/latest/operators/security.html tokens and
passwords https://jupyter-server.readthedocs.io/en/latest/operators/public-server.html how to open
one

---

Jupyter 服务器对网络开放，而没有令牌或密码。

端口 {port} 上的服务器监听 {address}，不要求任何凭据：能连接它的人就能以当前用户的身份运行命令。

发现：正在运行的服务器既没有令牌也没有密码，而且其他机器能够访问；在容器中为警告，因为端口可能没有
发布。也检查会这样启动的设置。

原因：笔记本就是 shell。开放的服务器几小时内就会被扫描器发现，然后被用来在 GPU 上挖矿、读取主目录
中的密钥。

修复：启动时不要用 `--ServerApp.token=''` 和 `--ip=0.0.0.0`：默认是 127.0.0.1 上的令牌。从另一台机
器请通过 ssh：`ssh -L {port}:127.0.0.1:{port} HOST`。确实要开放时请设置密码：`jupyter server
password`。

误报：服务器在要求登录的代理之后。安装了 jupyterhub 时不会报告：它自己保护服务器。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case, Record
from bringup.doctor.kernels import is_loopback, server_installed, setting
from bringup.doctor.rule import NO_JUPYTER, Found, Severity, Verdict, warning

_USUAL_PORT: Final = 8888
_ALL: Final = frozenset({"0.0.0.0", "::", "*", ""})
_PASSWORDS: Final = ("password", "hashed_password")


def check(case: Case) -> Verdict:
    """Look at the servers that run, then at the settings of the next one."""
    servers = [row for row in case.records("jupyter.servers") if row.get("alive") is not False]
    if not servers and server_installed(case) is None and not case.records("jupyter.config"):
        return NO_JUPYTER
    if "jupyterhub" in case.packages:
        return None
    for row in servers:
        address = _reached_at(case, row)
        if address is not None and not row.get("token") and not row.get("password"):
            severity = Severity.WARNING if case.in_container else Severity.ERROR
            values = {"port": row.get("port"), "address": address}
            return Found(severity, values, ("jupyter.servers", "network.listening"))
    return _next_one(case)


def _reached_at(case: Case, row: Record) -> str | None:
    """Return the address at which others reach a server, None when they do not."""
    address = str(row.get("address") or "")
    if address and not is_loopback(address):
        return address
    # A server on all addresses calls itself localhost.
    rows = case.records("network.listening")
    bound = (str(other["address"]) for other in rows if other.get("port") == row.get("port"))
    return next((text for text in bound if not is_loopback(text)), None)


def _next_one(case: Case) -> Verdict:
    address = setting(case, "ip")
    secret = any(setting(case, name) for name in _PASSWORDS)
    if address not in _ALL or setting(case, "token") != "" or secret or case.in_container:
        return None
    port = setting(case, "port") or _USUAL_PORT
    return warning("jupyter.config", port=port, address=address or "*")
