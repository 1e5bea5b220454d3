"""The system gets no more security updates.

{name} {version} has had no free security updates since {ended}.

Finds: a release of a Linux distribution whose free updates have ended.

Why: holes stay open, the package servers move away ("404 Not Found" from apt, "Cannot find a valid
baseurl" from yum), certificates grow old, and new wheels, drivers and CUDA releases are no longer
made for it.

Evidence: `os.name`, `os.version`; also `os.kernel`.

Fix: upgrade the system or move to a newer release. In a Dockerfile name a newer base image in the
FROM line. Where the machine cannot change, run the project in a container with a newer system; the
driver stays the host's.

False alarms: paid support that goes on for longer. Ubuntu LTS counts until its ten years of Ubuntu
Pro are over, and systems of NVIDIA's Jetson boards are not reported.

References: https://www.redhat.com/en/topics/linux/centos-linux-eol CentOS Linux 7 ended on June 30,
2024
https://wiki.debian.org/LTS the end of Debian's releases
https://ubuntu.com/about/release-cycle the end of Ubuntu's releases
https://alpinelinux.org/releases/ the end of Alpine's releases

---

该系统不再获得安全更新。

{name} {version} 自 {ended} 起不再有免费的安全更新。

发现：免费更新已经结束的 Linux 发行版版本。

原因：漏洞不再修补，软件包服务器被移走（apt 报 "404 Not Found"，yum 报 "Cannot find a valid
baseurl"），证书逐渐过期，新的 wheel、驱动程序和 CUDA 版本也不再支持它。

修复：升级系统或换用更新的版本。在 Dockerfile 的 FROM 行中使用更新的基础镜像。若机器无法更改，请在
带有较新系统的容器中运行项目；驱动程序仍使用主机的。

误报：付费支持可持续更久。Ubuntu LTS 计算到其十年 Ubuntu Pro 结束为止，NVIDIA Jetson 板卡的系统不会
被报告。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning
from bringup.knowledge.systems import ended_system


def check(case: Case) -> Verdict:
    """Look the release up among those that have ended."""
    name, version = case.text("os.name"), case.text("os.version")
    # NVIDIA goes on with the systems of its boards by itself.
    if name is None or version is None or "tegra" in (case.text("os.kernel") or ""):
        return None
    row = ended_system(name, version)
    if row is None:
        return None
    return warning("os.name", "os.version", name=name, version=version, ended=row.ended)
