"""The kernel refuses memory that programs only reserve.

vm.overcommit_memory is 2: programs that reserve much address space, such as CUDA, are refused it.

Finds: the kernel's strict accounting of memory.

Why: CUDA reserves address space as large as all memory of the machine and its GPUs, and a fork
counts the parent's memory twice. With strict accounting that fails with "Cannot allocate memory"
or "CUDA error: out of memory" while most of the memory is free.

Evidence: `system.overcommit`; also `memory.total_bytes`, `memory.swap_bytes`.

Fix: `sudo sysctl vm.overcommit_memory=0`, and take the line out of /etc/sysctl.conf or
/etc/sysctl.d. Where a database needs strict accounting, raise `vm.overcommit_ratio` or add swap.
In a container it is the host's setting.

False alarms: machines that serve small models on the CPU only.

References: https://docs.kernel.org/mm/overcommit-accounting.html the three modes
https://github.com/pytorch/pytorch/issues/137393 memory is refused though 200 GB are free

---

内核拒绝程序仅作预留的内存。

vm.overcommit_memory 为 2：像 CUDA 这样预留大量地址空间的程序会被拒绝。

发现：内核采用严格的内存记账。

原因：CUDA 会预留与机器及其 GPU 全部内存一样大的地址空间，fork 也会把父进程的内存计算两次。严格记账
时，尽管大部分内存空闲，仍会以 "Cannot allocate memory" 或 "CUDA error: out of memory" 失败。

修复：`sudo sysctl vm.overcommit_memory=0`，并从 /etc/sysctl.conf 或 /etc/sysctl.d 中删去该行。若数
据库需要严格记账，请提高 `vm.overcommit_ratio` 或增加交换空间。在容器中这是主机的设置。

误报：只在 CPU 上用小模型提供服务的机器。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_LINUX, Verdict, warning
from bringup.doctor.steps import Command, Privilege

NEVER = 2
_HEURISTIC = ("sudo", "sysctl", "vm.overcommit_memory=0")


def check(case: Case) -> Verdict:
    """Report strict accounting."""
    mode = case.number("system.overcommit")
    if mode is None:
        return NOT_LINUX if case.machine.os in {"macos", "windows"} else None
    if mode != NEVER:
        return None
    steps = () if case.in_container else (Command(_HEURISTIC, Privilege.ROOT),)
    return warning("system.overcommit", steps=steps)
