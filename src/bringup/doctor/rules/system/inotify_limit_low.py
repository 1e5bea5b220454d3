"""The system lets programs watch too few files.

A user may watch {watches} files with {instances} watchers; that is not enough here.

Finds: limits of inotify below the kernel's smallest defaults (8192 files, 128 watchers), or the
small default where a program is installed that watches many files (Streamlit, Chainlit, Reflex).

Why: such programs watch all folders of the project and of imported packages, and an editor watches
them as well. At the limit they end with "inotify watch limit reached" or "inotify instance limit
reached", which looks like a full disk: errno 28 or 24.

Evidence: `system.inotify_watches`, `system.inotify_instances`; also `env.packages`.

Fix: `sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512`; write the
two settings to /etc/sysctl.d/60-inotify.conf to keep them. In a container set them on the host.
For Streamlit alone `--server.fileWatcherType none` helps.

False alarms: none known.

References: https://github.com/streamlit/streamlit/issues/7568 the limit is reached in a container
https://github.com/streamlit/streamlit/issues/4613 the limit of watchers is reached
https://man7.org/linux/man-pages/man7/inotify.7.html the limits in /proc/sys/fs/inotify

---

系统允许程序监视的文件太少。

一个用户可用 {instances} 个监视器监视 {watches} 个文件；在这里不够用。

发现：inotify 的限制低于内核最小的默认值（8192 个文件、128 个监视器），或在安装了会监视大量文件的程
序（Streamlit、Chainlit、Reflex）时仍为较小的默认值。

原因：这类程序会监视项目和已导入包的所有文件夹，编辑器也会监视它们。达到限制时以 "inotify watch
limit reached" 或 "inotify instance limit reached" 结束，看起来像磁盘已满：errno 28 或 24。

修复：运行 `sudo sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512`；把这
两项写入 /etc/sysctl.d/60-inotify.conf 以长期保留。容器中请在主机上设置。若只用
Streamlit，`--server.fileWatcherType none` 也可以。

误报：目前未知。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_LINUX, Verdict, warning
from bringup.doctor.steps import Command, Privilege

DEFAULT_WATCHES = 8192
"""The kernel's default before 5.11; since then it grows with the memory, up to 1048576."""
DEFAULT_INSTANCES = 128
_WATCHERS = ("streamlit", "chainlit", "reflex")
_SYSCTL = (
    "sudo",
    "sysctl",
    "fs.inotify.max_user_watches=524288",
    "fs.inotify.max_user_instances=512",
)


def check(case: Case) -> Verdict:
    """Hold the limits against the kernel's defaults and against what is installed."""
    watches = case.number("system.inotify_watches")
    instances = case.number("system.inotify_instances")
    if watches is None or instances is None:
        return NOT_LINUX if case.machine.os in {"macos", "windows"} else None
    many = any(name in case.packages for name in _WATCHERS)
    few = watches < DEFAULT_WATCHES or instances < DEFAULT_INSTANCES
    if not few and not (many and watches == DEFAULT_WATCHES):
        return None
    return warning(
        "system.inotify_watches",
        "system.inotify_instances",
        steps=(Command(_SYSCTL, Privilege.ROOT),),
        watches=f"{watches:.0f}",
        instances=f"{instances:.0f}",
    )
