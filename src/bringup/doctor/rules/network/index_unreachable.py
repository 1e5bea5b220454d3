"""A place that packages come from does not answer.

{place} cannot be used: {reason}.

Finds: an index, an extra index or a page of files that refuses the connection, does not answer in
time, is blocked by the proxy, or has no index at its address; the frameworks' own index where the
lock needs it and no other place may have it. Silence alone is a warning, since the doctor waits a
second only.

Why: installers try again several times, which takes minutes, and then end with "Max retries
exceeded" or "Could not find a version that satisfies the requirement ... (from versions: none)".
uv stops when any index fails, pip when the package is nowhere else.

Evidence: `network.places`; also `index.settings`, `index.network.https_proxy`.

Fix: try it by hand: `curl -sSIL {place}`. Behind a company's network set its proxy or its mirror:
`pip config set global.index-url ADDRESS` and `export UV_DEFAULT_INDEX=ADDRESS`. Where there is no
network, install from a folder of wheels with `--no-index --find-links FOLDER`.

False alarms: a slow network that answers after more than a second; a place that is down for the
moment.

References: https://pip.pypa.io/en/stable/topics/configuration/ how an index is set
https://docs.astral.sh/uv/concepts/indexes/ indexes of uv
https://github.com/pypa/pip/issues/5535 pip behind a proxy that refuses

---

某个软件包来源没有应答。

无法使用 {place}：{reason}。

发现：某个索引、额外索引或文件页面拒绝连接、未及时应答、被代理阻止，或其地址上没有索引；以及锁文件
需要框架自己的索引而其他来源都没有时。仅仅没有应答只是警告，因为 doctor 只等待一秒。

原因：安装程序会重试多次，耗时数分钟，最后以 "Max retries exceeded" 或 "Could not find a version
that satisfies the requirement ... (from versions: none)" 结束。uv 在任一索引失败时停止，pip 在别处
也没有该包时停止。

修复：手动尝试：`curl -sSIL {place}`。在公司网络内请设置其代理或镜像：`pip config set
global.index-url 地址` 和 `export UV_DEFAULT_INDEX=地址`。没有网络时，用 `--no-index --find-links
文件夹` 从 wheel 文件夹安装。

误报：较慢的网络在一秒之后才应答；来源只是暂时停机。
"""

from __future__ import annotations

from bringup.doctor.asked import PACKAGES, asked, failed, reason
from bringup.doctor.case import Case, Record
from bringup.doctor.rule import OFFLINE, Verdict, error, warning

FOLLOWS = ("NET002", "NET003", "NET004", "NET005", "NET009")
_UNREACHABLE = ("refused", "timeout", "error", "proxy_blocked", "missing")


def check(case: Case) -> Verdict:
    """Find places for packages that cannot be used."""
    places = asked(case, *PACKAGES)
    if not places:
        return OFFLINE
    found = [*failed(places, *_UNREACHABLE), *_of_frameworks(case, places)]
    if not found:
        return None
    worst = next((row for row in found if _is_sure(row)), found[0])
    say = error if _is_sure(worst) else warning
    return say("network.places", place=worst["place"], reason=reason(worst))


def _is_sure(row: Record) -> bool:
    return row["status"] != "timeout" and row["kind"] in {"index", "extra_index"}


def _of_frameworks(case: Case, places: tuple[Record, ...]) -> tuple[Record, ...]:
    """Return the frameworks' own index where the lock can have its builds from nowhere else."""
    wants = case.wants
    # A build's name after a plus sign: such releases stand in the frameworks' own index only.
    if wants is None or not any("+" in version for version in wants.packages.values()):
        return ()
    if any(row["kind"] != "index" and row["status"] == "ok" for row in places):
        return ()
    return failed(asked(case, "framework_index"), *_UNREACHABLE)
