"""Names of hosts cannot be resolved.

The name {hosts} is not known here: {reason}.

Finds: the host of an index, or of the proxy before it, that no name server knows.

Why: nothing can be fetched. pip ends with "Temporary failure in name resolution" or "Name or
service not known", uv with "dns error". In containers it is often the host's resolver at
127.0.0.53 that cannot be reached, after a change of the network or of the VPN.

Evidence: `network.places`; also `index.settings`, `surroundings.container`, `surroundings.wsl`.

Fix: look at `getent hosts {hosts}` and `cat /etc/resolv.conf`. With Docker restart the daemon or
give it servers: `"dns": ["10.0.0.2"]` (your network's) in /etc/docker/daemon.json. In WSL set
`dnsTunneling=true` in .wslconfig, then `wsl --shutdown`. Where only a proxy leads out, set
HTTPS_PROXY: it resolves the names.

False alarms: a machine that has no network on purpose; then say `--offline`.

References: https://github.com/docker/for-win/issues/13808 temporary failure in name resolution
https://github.com/docker/for-win/issues/5486 pip in a build cannot resolve names
https://docs.docker.com/engine/daemon/troubleshoot/ the daemon and loopback resolvers

---

无法解析主机名。

这里无法识别 {hosts} 这个名称：{reason}。

发现：没有任何域名服务器知道索引主机，或其前面代理主机的名称。

原因：什么都无法下载。pip 以 "Temporary failure in name resolution" 或 "Name or service not known"
结束，uv 以 "dns error" 结束。在容器中，常常是网络或 VPN 变化之后无法访问主机上位于 127.0.0.53 的解
析器。

修复：查看 `getent hosts {hosts}` 和 `cat /etc/resolv.conf`。使用 Docker 时请重启守护进程，或在
/etc/docker/daemon.json 中指定服务器：`"dns": ["10.0.0.2"]`（您网络中的服务器）。在 WSL 中把
.wslconfig 里的 `dnsTunneling=true` 打开，然后运行 `wsl --shutdown`。若只能通过代理出网，请设置
HTTPS_PROXY：由它解析名称。

误报：有意没有网络的机器；此时请使用 `--offline`。
"""

from __future__ import annotations

from bringup.doctor.asked import PACKAGES, asked, failed, hosts, reason
from bringup.doctor.case import Case
from bringup.doctor.rule import OFFLINE, Verdict, error


def check(case: Case) -> Verdict:
    """Find places for packages whose names cannot be resolved."""
    places = asked(case, *PACKAGES)
    if not places:
        return OFFLINE
    found = failed(places, "dns")
    if not found:
        return None
    return error("network.places", hosts=hosts(found), reason=reason(found[0]))
