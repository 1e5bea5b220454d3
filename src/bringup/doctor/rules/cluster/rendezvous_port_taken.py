"""The port at which the ranks meet is taken already.

Port {port} is listened on here: the next start ends with "Address already in use".

Finds: MASTER_PORT (an error), or torch's default 29500 (a warning), that a program of this
machine listens on, outside a running job.

Why: rank 0 opens that port for all. A second job on the same machine, or one whose processes were
not ended, holds it: "The server socket has failed to listen on any local network address ...
EADDRINUSE".

Evidence: `network.listening`; also `variables.set`, `env.packages`, `network.hostname`,
`network.interfaces`.

Fix: `export MASTER_PORT={free}` (torchrun: `--master-port {free}`; on one machine `--standalone`
finds a free one by itself). A forgotten job: `ss -ltnp 'sport = :{port}'` shows it.

False alarms: the job that shall use it is the one that listens.

References: https://github.com/pytorch/pytorch/issues/126510 a port held by another run
https://github.com/meta-pytorch/torchtune/issues/392 two jobs on one machine
https://docs.pytorch.org/docs/stable/elastic/run.html ports of torchrun

---

各进程会合用的端口已被占用。

这里有程序在监听端口 {port}：下次启动会以 "Address already in use" 结束。

发现：MASTER_PORT（错误）或 torch 的默认端口 29500（警告）被这台机器上的程序监听，而且不在运行中的
作业内。

原因：0 号进程为所有进程打开该端口。同一台机器上的另一个作业，或进程没有结束的作业会占用它："The
server socket has failed to listen on any local network address ... EADDRINUSE"。

修复：`export MASTER_PORT={free}`（torchrun：`--master-port {free}`；单机时 `--standalone` 会自动
找到空闲端口）。遗留的作业：`ss -ltnp 'sport = :{port}'` 可以查看。

误报：监听该端口的正是要使用它的作业。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nodes import count_in, is_here
from bringup.doctor.rule import NO_LAUNCHER, Found, Severity, Verdict
from bringup.doctor.steps import SetVariable

_DEFAULT: Final = 29500
"""torch.distributed's port when nobody names one."""
_INSIDE: Final = ("RANK", "LOCAL_RANK", "OMPI_COMM_WORLD_RANK")
"""Set within a running job, where rank 0 listens rightly."""


def check(case: Case) -> Verdict:
    """Look for a listener on the port that rank 0 will open."""
    named = count_in(case, "MASTER_PORT")
    if named is None and "torch" not in case.packages:
        return NO_LAUNCHER
    master = case.variables.get("MASTER_ADDR")
    elsewhere = master is not None and not is_here(case, master)
    if elsewhere or any(name in case.variables for name in _INSIDE):
        return None
    port = _DEFAULT if named is None else named
    taken = {int(row["port"]) for row in case.records("network.listening")}
    if port not in taken:
        return None
    free = next(number for number in range(port + 1, port + len(taken) + 2) if number not in taken)
    severity = Severity.WARNING if named is None else Severity.ERROR
    values = {"port": port, "free": free}
    steps = (SetVariable("MASTER_PORT", str(free)),)
    return Found(severity, values, ("network.listening", "variables.set"), steps)
