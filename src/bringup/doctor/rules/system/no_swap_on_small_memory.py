"""The memory is small and there is no swap.

This machine has {total} of memory and no swap: installing or importing a framework may be killed.

Finds: a machine with less than 3 GiB of memory and no swap space.

Why: pip holds large wheels in memory while it stores them in its cache, and importing a framework
needs another 0.5 GB. Without swap the kernel kills the installer: "Killed" or "MemoryError" near
the end of the download.

Evidence: `memory.total_bytes`, `memory.swap_bytes`; also `memory.limit_bytes`,
`surroundings.container`.

Fix: add a swap file: `sudo fallocate -l 4G /swapfile && sudo chmod 600 /swapfile && sudo mkswap
/swapfile && sudo swapon /swapfile`. Or spare memory: install with uv or `pip install
--no-cache-dir`, and take the builds for the CPU.

False alarms: machines that only serve a small model and install nothing.

References: https://github.com/pytorch/pytorch/issues/25164 MemoryError while torch is installed
https://github.com/pytorch/pytorch/issues/1022 pip is killed near the end of the download
https://github.com/timerring/bilive/issues/274 killed on a machine with little memory

---

内存很小且没有交换空间。

这台机器有 {total} 内存且没有交换空间：安装或导入框架时可能被杀死。

发现：内存少于 3 GiB 且没有交换空间的机器。

原因：pip 在把大型 wheel 存入缓存时会将其放在内存中，导入框架还需要 0.5 GB。没有交换空间时，内核会
杀死安装程序：在下载快结束时出现 "Killed" 或 "MemoryError"。

修复：添加交换文件：`sudo fallocate -l 4G /swapfile && sudo chmod 600 /swapfile && sudo mkswap
/swapfile && sudo swapon /swapfile`。或节省内存：用 uv 或 `pip install --no-cache-dir` 安装，并使用
CPU 构建。

误报：只用小模型提供服务、不安装任何东西的机器。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import IN_CONTAINER, NOT_LINUX, Verdict, warning
from bringup.doctor.sizes import GIB, size
from bringup.doctor.steps import Command, Privilege

SMALL = 3 * GIB
"""The kernel shows a machine that is sold with 2 GB as 1.9 GiB. Those of 4 GB manage without."""
_COMMANDS = (
    ("sudo", "fallocate", "-l", "4G", "/swapfile"),
    ("sudo", "chmod", "600", "/swapfile"),
    ("sudo", "mkswap", "/swapfile"),
    ("sudo", "swapon", "/swapfile"),
)


def check(case: Case) -> Verdict:
    """Find a small machine without swap; larger ones do without, as clouds have it."""
    if case.in_container:
        return IN_CONTAINER
    if case.machine.os in {"macos", "windows"}:
        return NOT_LINUX
    total, swap = case.number("memory.total_bytes"), case.number("memory.swap_bytes")
    if total is None or total >= SMALL or swap != 0:
        return None
    return warning(
        "memory.total_bytes",
        "memory.swap_bytes",
        steps=tuple(Command(words, Privilege.ROOT) for words in _COMMANDS),
        total=size(total),
    )
