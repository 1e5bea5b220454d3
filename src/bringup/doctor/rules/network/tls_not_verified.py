"""Certificates are not checked.

{setting} switches the check of certificates off: whoever stands in between can replace what is
downloaded.

Finds: hosts that pip or uv trust without a certificate and that are not the mirror that is set,
such as those of the public index; conda's `ssl_verify: false`; and variables that switch the check
off for git or Node.js.

Why: packages run code when they are installed and imported. Without the check a false server, or
one in between, can hand out its own. The setting mostly stays behind from a trouble with
certificates that should be mended itself.

Evidence: `index.settings`, `variables.set`; also `index.conda.ssl_verify`, `index.pip.index_url`,
`index.uv.default_index`.

Fix: take it away: `pip config unset global.trusted-host` (or `install.trusted-host`), `conda
config --set ssl_verify true`, `unset {name}`. If downloads then fail, add the missing root
certificate to the system's store and `export UV_SYSTEM_CERTS=1`.

False alarms: servers in a network of its own. The index that is set itself is not reported: guides
of mirrors tell people to trust its host, though that is needed by http only.

References: https://pip.pypa.io/en/stable/cli/pip/#cmdoption-trusted-host what --trusted-host does
https://docs.astral.sh/uv/concepts/authentication/certificates/ insecure hosts of uv
https://docs.conda.io/projects/conda/en/stable/user-guide/configuration/non-standard-certs.html
certificates of conda

---

没有检查证书。

{setting} 关闭了证书检查：任何处于中间的人都可以替换下载的内容。

发现：pip 或 uv 不检查证书就信任、且并非所设镜像的主机，例如公共索引的主机；conda 的 `ssl_verify:
false`；以及为 git 或 Node.js 关闭检查的变量。

原因：软件包在安装和导入时会执行代码。没有检查，虚假的或处于中间的服务器就能送出自己的内容。这种设
置大多是某次证书问题遗留下来的，而问题本身应当得到解决。

修复：去掉它：`pip config unset global.trusted-host`（或 `install.trusted-host`）、`conda config
--set ssl_verify true`、`unset {name}`。若之后下载失败，请把缺少的根证书加入系统证书库并设置
`export UV_SYSTEM_CERTS=1`。

误报：处于独立网络中的服务器。所设的索引本身不会被报告：镜像的说明常要求信任其主机，虽然只有使用
http 时才需要。
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from bringup.doctor.asked import host_of
from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning
from bringup.doctor.steps import SetVariable

_OFF = {
    "GIT_SSL_NO_VERIFY": {"1", "true", "yes", "on"},
    "NODE_TLS_REJECT_UNAUTHORIZED": {"0"},
}


def check(case: Case) -> Verdict:
    """Find settings that switch the check of certificates off."""
    found = next(_unchecked(case), None)
    if found is None:
        return None
    name, setting = found
    steps = (SetVariable(name, None),) if name in _OFF else ()
    return warning("index.settings", "variables.set", steps=steps, setting=setting, name=name)


def _unchecked(case: Case) -> Iterator[tuple[str, str]]:
    settings = case.machine.index_settings
    # The merged settings take uv's index where both tools have one.
    own = (case.text("index.pip.index_url"), case.text("index.uv.default_index"))
    places = (settings.index, *own, *settings.extra_indexes, *settings.find_links)
    # A mirror's guide tells people to trust its host: whoever set it has decided for it.
    chosen = {host_of(place) for place in places if place}
    for row in settings.trusted_hosts:
        host = host_of(row)
        if host not in chosen and not _is_near(host):
            yield "PIP_TRUSTED_HOST", f"trusted-host = {row}"
    if (case.text("index.conda.ssl_verify") or "").lower() == "false":
        yield "CONDA_SSL_VERIFY", "ssl_verify: false"
    for name, values in _OFF.items():
        if case.variables.get(name, "").lower() in values:
            yield name, f"{name}={case.variables[name]}"


def _is_near(host: str) -> bool:
    """Say whether a host is this machine or in a network of its own, where none stands between."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return "." not in host
    return address.is_private or address.is_loopback
