"""Requests to this machine itself go through the proxy.

A proxy is set ({proxy}) and NO_PROXY leaves out {missing}: programs ask the proxy for servers on
this machine.

Finds: a proxy for http without localhost and 127.0.0.1 among its exceptions.

Why: clients of notebooks, TensorBoard, Gradio, Ollama and model servers go to
http://localhost:PORT. The proxy answers 502, 503 or 403, or its own localhost does. Gradio ends
with "When localhost is not accessible, a shareable link must be created".

Evidence: `index.network.http_proxy`, `index.network.no_proxy`; also `variables.set`.

Fix: `export no_proxy={wanted} NO_PROXY={wanted}`, best where the proxy itself is set (~/.profile,
/etc/environment, the image's ENV).

False alarms: programs that never ask servers on this machine.

References: https://github.com/gradio-app/gradio/issues/4046 http_proxy without no_proxy
https://github.com/qnguyen3/chat-with-mlx/issues/13 mended by no_proxy="localhost,127.0.0.1"
https://docs.python.org/3/library/urllib.request.html#urllib.request.getproxies how Python reads
no_proxy

---

访问本机的请求经过代理。

设置了代理（{proxy}），而 NO_PROXY 没有包括 {missing}：程序会向代理请求本机上的服务器。

发现：为 http 设置了代理，但例外中没有 localhost 和 127.0.0.1。

原因：笔记本、TensorBoard、Gradio、Ollama 和模型服务器的客户端访问 http://localhost:PORT。代理会应
答 502、503 或 403，或者由代理自己的 localhost 应答。Gradio 以 "When localhost is not accessible, a
shareable link must be created" 结束。

修复：`export no_proxy={wanted} NO_PROXY={wanted}`，最好写在设置代理的地方
（~/.profile、/etc/environment、镜像的 ENV）。

误报：从不访问本机服务器的程序。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_PROXY, Verdict, warning
from bringup.doctor.steps import SetVariable
from bringup.machine.redact import redacted
from bringup.stack.routes import goes_direct

_NEEDED = ("localhost", "127.0.0.1")
_PORT = 80


def check(case: Case) -> Verdict:
    """Find a proxy for http that this machine's own servers are not excepted from."""
    proxy = case.text("index.network.http_proxy")
    if not proxy:
        return NO_PROXY
    excepted = case.text("index.network.no_proxy") or ""
    missing = [name for name in _NEEDED if not goes_direct(excepted, name, _PORT)]
    if not missing:
        return None
    wanted = ",".join([*filter(None, [excepted]), *missing])
    return warning(
        "index.network.http_proxy",
        "index.network.no_proxy",
        steps=(SetVariable("no_proxy", wanted), SetVariable("NO_PROXY", wanted)),
        proxy=redacted(proxy),
        missing=", ".join(missing),
        wanted=wanted,
    )
