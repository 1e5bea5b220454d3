"""The port that Jupyter wants is taken by another program.

Port {port} is listened on, and by no Jupyter server of this user; the next free one is {free}.

Finds: the set port, or 8888, with a listener that belongs to none of the known servers; an error
when the server may try no other port.

Why: Jupyter silently goes on to the next port. Bookmarks, ssh tunnels and published ports still
lead to the old one: a login page of somebody else, "Invalid credentials", or nothing. With
port_retries = 0 it ends with "the port is already in use".

Evidence: `network.listening`, `jupyter.servers`, `env.packages`; also `jupyter.config`.

Fix: see what it is: `ss -ltnp 'sport = :{port}'`. Then stop it, or start Jupyter elsewhere:
`jupyter lab --port {free}` and lead the tunnel there.

False alarms: a server of this user that was started with another runtime folder.

References: https://jupyter-server.readthedocs.io/en/latest/other/full-config.html port and
port_retries https://github.com/jupyter/notebook/issues/1892 the log of a server that goes to 8889

---

Jupyter 需要的端口被其他程序占用。

端口 {port} 正被监听，而且不是当前用户的 Jupyter 服务器；下一个空闲端口是 {free}。

发现：设定的端口（或 8888）有监听者，而它不属于任何已知的服务器；不允许尝试其他端口时为错误。

原因：Jupyter 会悄悄改用下一个端口。书签、ssh 隧道和发布的端口仍指向旧端口：别人的登录页、"Invalid
credentials"，或什么都没有。port_retries = 0 时会以 "the port is already in use" 结束。

修复：查看是什么程序：`ss -ltnp 'sport = :{port}'`。然后停止它，或换端口启动 Jupyter：`jupyter lab
--port {free}`，并让隧道指向那里。

误报：当前用户的服务器使用了另一个运行时文件夹。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.kernels import server_installed, setting
from bringup.doctor.rule import NO_JUPYTER, Found, Severity, Verdict

_USUAL: Final = 8888


def check(case: Case) -> Verdict:
    """Look for a stranger on Jupyter's port."""
    if server_installed(case) is None:
        return NO_JUPYTER
    set_port = setting(case, "port") or ""
    port = int(set_port) if set_port.isdigit() else _USUAL
    taken = {int(row["port"]) for row in case.records("network.listening")}
    servers = [row for row in case.records("jupyter.servers") if row.get("alive") is not False]
    if port not in taken or any(row.get("port") == port for row in servers):
        return None
    stuck = setting(case, "port_retries") == "0"
    free = next(number for number in range(port + 1, port + len(taken) + 2) if number not in taken)
    values = {"port": port, "free": free}
    severity = Severity.ERROR if stuck else Severity.WARNING
    return Found(severity, values, ("network.listening", "jupyter.servers", "jupyter.config"))
