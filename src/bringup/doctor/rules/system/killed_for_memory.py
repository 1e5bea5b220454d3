"""Processes here were killed because the memory was used up.

The kernel killed {kills} process(es) of our control group for memory; the limit is {limit}.

Finds: kills for memory that the kernel counted for the control group of this container, job or
session.

Why: a killed process says nothing itself. A training ends with "Killed" or exit code 137, a worker
that loads data with "killed by signal: Killed", a notebook with "The kernel appears to have died".

Evidence: `memory.oom_kills`; also `memory.limit_bytes`, `memory.total_bytes`.

Fix: use less or allow more: fewer workers (`num_workers`), smaller batches, data that is read in
parts instead of whole; or raise the memory limit of the container or job. Watch it with `free -h`
or `docker stats` while it runs.

False alarms: the count goes back to the start of the container or session; the run that was killed
may be long past.

References: https://docs.kernel.org/admin-guide/cgroup-v2.html#memory-interface-files what oom_kill
counts
https://github.com/kubeflow/kubeflow/issues/1261 a training in Kubernetes is killed
https://github.com/mozilla/bugbug/issues/3906 status 137 stands for memory

---

这里有进程因内存耗尽而被杀死。

内核因内存不足杀死了控制组中的 {kills} 个进程；限制为 {limit}。

发现：内核为此容器、作业或会话的控制组记录了因内存不足而杀死进程的次数。

原因：被杀死的进程自己不会说明原因。训练以 "Killed" 或退出码 137 结束，加载数据的工作进程显示
"killed by signal: Killed"，笔记本显示 "The kernel appears to have died"。

修复：减少用量或放宽限制：减少工作进程（`num_workers`）、减小批量、分块而不是整体读取数据；或提高容
器或作业的内存限制。运行时可用 `free -h` 或 `docker stats` 观察。

误报：计数从容器或会话启动时开始；被杀死的那次运行可能早已过去。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning
from bringup.doctor.sizes import size

FOLLOWS = ("SYS006",)


def check(case: Case) -> Verdict:
    """Report the kernel's count of processes that it killed for memory."""
    kills = case.number("memory.oom_kills")
    if not kills:
        return None
    limit = case.number("memory.limit_bytes") or case.number("memory.total_bytes")
    return warning(
        "memory.oom_kills",
        "memory.limit_bytes",
        kills=f"{kills:.0f}",
        limit="?" if limit is None else size(limit),
    )
