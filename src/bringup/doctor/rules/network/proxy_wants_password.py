"""The proxy wants a password.

The proxy refuses the way to {hosts}: it wants a user and a password.

Finds: answers "407 Proxy Authentication Required".

Why: every download fails: pip ends with "Cannot connect to proxy ... Tunnel connection failed: 407
Proxy Authentication Required". Browsers log in by Kerberos or NTLM on their own; pip and uv speak
only the plain way, with the password in the address.

Evidence: `network.places`; also `index.network.https_proxy`, `index.pip.proxy`.

Fix: put user and password into the variable, for this shell only: `export
HTTPS_PROXY=http://USER:PASSWORD@PROXY:PORT HTTP_PROXY=$HTTPS_PROXY`, signs like @ or # written as
%40 or %23. Where the proxy takes only Kerberos or NTLM, run a local helper (cntlm, px-proxy) and
name that as the proxy.

False alarms: None known.

References: https://github.com/psf/requests/issues/5028 407 with requests, and cntlm as a way around
https://pip.pypa.io/en/stable/user_guide/#using-a-proxy-server how pip is given a proxy

---

代理要求密码。

代理拒绝访问 {hosts}：它要求用户名和密码。

发现：应答 "407 Proxy Authentication Required"。

原因：所有下载都会失败：pip 以 "Cannot connect to proxy ... Tunnel connection failed: 407 Proxy
Authentication Required" 结束。浏览器会自行通过 Kerberos 或 NTLM 登录；pip 和 uv 只支持把密码写在地
址中的普通方式。

修复：仅在当前 shell 中把用户名和密码写入变量：`export HTTPS_PROXY=http://USER:PASSWORD@PROXY:PORT
HTTP_PROXY=$HTTPS_PROXY`，@ 或 # 等符号写成 %40 或 %23。若代理只接受 Kerberos 或 NTLM，请运行本地辅
助程序（cntlm、px-proxy），并把它设为代理。

误报：目前未知。
"""

from __future__ import annotations

from bringup.doctor.asked import asked, failed, hosts
from bringup.doctor.case import Case
from bringup.doctor.rule import OFFLINE, Verdict, error


def check(case: Case) -> Verdict:
    """Find places that the proxy keeps from us without a password."""
    places = asked(case)
    if not places:
        return OFFLINE
    found = failed(places, "proxy_auth")
    if not found:
        return None
    return error("network.places", "index.network.https_proxy", hosts=hosts(found))
