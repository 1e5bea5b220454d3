"""The clock is wrong.

The clock is {offset} away from the servers' time.

Finds: a clock more than five minutes away from the time that servers tell; more than a day is an
error.

Why: certificates count as expired or not yet valid, so that every download fails; signed requests
to clouds and Kerberos are refused after five to fifteen minutes; builds see files from the future
and never end. WSL loses time while the machine sleeps.

Evidence: `system.clock_offset_s`; also `surroundings.wsl`, `surroundings.vm`.

Fix: `sudo timedatectl set-ntp true`, or `sudo chronyc makestep` where chrony runs. In WSL: `sudo
hwclock -s`, or `wsl --shutdown` in Windows. In a container set the host's clock.

False alarms: a proxy or cache that answers with an old time.

References: https://github.com/microsoft/WSL/issues/10006 WSL's clock runs behind
https://github.com/microsoft/WSL/issues/5324 the date is wrong after sleep
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html signatures and
the clock

---

时钟不准。

时钟与服务器时间相差 {offset}。

发现：时钟与服务器报告的时间相差超过五分钟；超过一天视为错误。

原因：证书会被视为已过期或尚未生效，所有下载因此失败；发往云服务的签名请求和 Kerberos 会在相差五到
十五分钟后被拒绝；编译时会看到来自未来的文件而永不结束。WSL 在机器休眠期间会丢失时间。

修复：`sudo timedatectl set-ntp true`；使用 chrony 时为 `sudo chronyc makestep`。在 WSL 中：`sudo
hwclock -s`，或在 Windows 中运行 `wsl --shutdown`。在容器中请校正主机的时钟。

误报：代理或缓存以过时的时间应答。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, error, warning
from bringup.doctor.steps import Command, Privilege

REFUSED_S = 300
"""Kerberos allows five minutes, signed requests to clouds five to fifteen."""
CERTIFICATES_S = 86400
"""Certificates may be a day old only, or end within a day."""


def check(case: Case) -> Verdict:
    """Report a clock that is far from the servers' time."""
    offset = case.number("system.clock_offset_s")
    if offset is None or abs(offset) <= REFUSED_S:
        return None
    words = ("hwclock", "-s") if case.in_wsl else ("timedatectl", "set-ntp", "true")
    steps = () if case.in_container else (Command(("sudo", *words), Privilege.ROOT),)
    found = error if abs(offset) > CERTIFICATES_S else warning
    return found("system.clock_offset_s", steps=steps, offset=_duration(abs(offset)))


def _duration(seconds: float) -> str:
    minutes, _ = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes} min"
