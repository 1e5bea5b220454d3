"""Programs are told different ways out.

{first} and {second} do not agree: some programs go one way, others another.

Finds: a proxy variable in capital and in small letters with different values; a proxy of pip or
conda that differs from the variables'; http_proxy alone, or pip's own proxy alone, where addresses
with https are not reached.

Why: curl, requests and uv let the small letters win, other programs the capital ones; only pip
reads pip.conf, only conda .condarc. So one program installs while another hangs, and a change of
the proxy seems to do nothing.

Evidence: `variables.set`, `index.network.https_proxy`; also `index.network.http_proxy`,
`index.pip.proxy`, `index.conda.proxy`, `network.places`.

Fix: name the proxy once: `export https_proxy={proxy} http_proxy={proxy} HTTPS_PROXY={proxy}
HTTP_PROXY={proxy}`, and take the others away: `pip config unset global.proxy`, `conda config
--remove-key proxy_servers`.

False alarms: a machine that has two proxies on purpose.

References: https://github.com/psf/requests/issues/4579 small letters win over capital ones
https://github.com/curl/curl/issues/12120 curl does not read HTTP_PROXY in capital letters
https://pip.pypa.io/en/stable/user_guide/#using-a-proxy-server pip's own setting

---

各程序得到了不同的出网方式。

{first} 与 {second} 不一致：有的程序走一条路，有的走另一条。

发现：大写和小写的代理变量取值不同；pip 或 conda 的代理与变量不同；只设置了 http_proxy，或只设置了
pip 自己的代理，而 https 地址无法访问。

原因：curl、requests 和 uv 以小写变量为准，其他程序以大写变量为准；只有 pip 读取 pip.conf，只有
conda 读取 .condarc。于是一个程序能安装，另一个却卡住，修改代理似乎也不起作用。

修复：只写一个代理：`export https_proxy={proxy} http_proxy={proxy} HTTPS_PROXY={proxy}
HTTP_PROXY={proxy}`，并去掉其他设置：`pip config unset global.proxy`、`conda config --remove-key
proxy_servers`。

误报：有意使用两个代理的机器。
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from bringup.doctor.asked import asked, failed
from bringup.doctor.case import Case
from bringup.doctor.rule import NO_PROXY, Verdict, warning
from bringup.doctor.steps import SetVariable
from bringup.machine.redact import redacted

_PAIRS = (("https_proxy", "HTTPS_PROXY"), ("http_proxy", "HTTP_PROXY"), ("all_proxy", "ALL_PROXY"))
_TOOLS = ("pip", "conda")
_NO_WAY = ("refused", "timeout", "dns")
Named = tuple[str, str]
"""What names a proxy, and the proxy."""


def check(case: Case) -> Verdict:
    """Hold all that names a proxy against each other."""
    if not any(_settings(case)):
        return NO_PROXY
    found = next(
        (pair for pair in _contradictions(case) if _place(pair[0]) != _place(pair[1])), None
    )
    if found is None:
        return None
    first, second = (f"{name}={redacted(value)}" for name, value in found)
    proxy = redacted(found[0][1] or found[1][1])
    return warning(
        "variables.set",
        "index.network.https_proxy",
        "index.pip.proxy",
        steps=(SetVariable("https_proxy", proxy), SetVariable("HTTPS_PROXY", proxy)),
        first=first,
        second=second,
        proxy=proxy,
    )


def _settings(case: Case) -> Iterator[str]:
    yield from (case.variables.get(name, "") for pair in _PAIRS for name in pair)
    for key in ("network.https_proxy", "network.http_proxy", "pip.proxy", "conda.proxy"):
        yield case.text(f"index.{key}") or ""


def _contradictions(case: Case) -> Iterator[tuple[Named, Named]]:
    """Return pairs of settings that should name the same proxy."""
    variables = case.variables
    for small, capital in _PAIRS:
        if variables.get(small) and variables.get(capital):
            yield (small, variables[small]), (capital, variables[capital])
    https = case.text("index.network.https_proxy") or ""
    for tool in _TOOLS:
        own = case.text(f"index.{tool}.proxy")
        if own and https:
            yield ("https_proxy", https), (f"{tool}.proxy", own)
    plain = case.text("index.network.http_proxy") or ""
    if plain and not https and failed(asked(case), *_NO_WAY):
        yield ("http_proxy", plain), ("https_proxy", "")
    own = case.text("index.pip.proxy") or ""
    if own and not https and failed(asked(case, "hub"), *_NO_WAY):
        yield ("pip.proxy", own), ("https_proxy", "")


def _place(named: Named) -> tuple[str | None, int | None] | str:
    """Return host and port of a proxy: scheme and password make no other way of it."""
    address = named[1] if "://" in named[1] else f"http://{named[1]}"
    try:
        parts = urlsplit(address)
        return parts.hostname, parts.port
    except ValueError:
        return named[1]
