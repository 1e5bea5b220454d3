"""We may start too few processes and threads.

We may have {limit} processes and threads; this machine's {cores} cores make programs start
{needed} and more.

Finds: a limit of the user or the control group below 512, or below eight threads per core. Below
two per core it is an error.

Why: OpenBLAS, OpenMP and PyTorch start a thread per core of the machine in every process, and each
worker that loads data does the same. At the limit importing numpy already ends with
"pthread_create failed ... Resource temporarily unavailable" or "can't start new thread".

Evidence: `limits.nproc`, `limits.cgroup_pids`, `cpu.cores_logical`; also `security.root`,
`variables.set`.

Fix: start fewer threads: `export OMP_NUM_THREADS={threads} OPENBLAS_NUM_THREADS={threads}`. Or
raise the limit: `ulimit -u`, /etc/security/limits.conf, `--pids-limit` for a container,
`podPidsLimit` in Kubernetes, `TasksMax=` for a service.

False alarms: programs that start one process with few threads.

References: https://github.com/MIC-DKFZ/nnUNet/issues/1343 64 threads against a limit of 4096
https://github.com/CFIA-NCFAD/nf-flu/issues/105 128 threads against a limit of 4096
https://github.com/OpenMathLib/OpenBLAS/issues/1668 a segmentation fault after pthread_create
failed

---

可启动的进程和线程太少。

我们最多可有 {limit} 个进程和线程；这台机器的 {cores} 个核心会使程序启动 {needed} 个以上。

发现：用户或控制组的限制低于 512，或低于每核心八个线程。低于每核心两个线程视为错误。

原因：OpenBLAS、OpenMP 和 PyTorch 在每个进程中为机器的每个核心启动一个线程，每个加载数据的工作进程
也是如此。达到限制时，仅导入 numpy 就会以 "pthread_create failed ... Resource temporarily
unavailable" 或 "can't start new thread" 结束。

修复：减少线程：`export OMP_NUM_THREADS={threads} OPENBLAS_NUM_THREADS={threads}`。或提高限
制：`ulimit -u`、/etc/security/limits.conf、容器的 `--pids-limit`、Kubernetes 的 `podPidsLimit`、服
务的 `TasksMax=`。

误报：只启动一个进程和少量线程的程序。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, error, warning
from bringup.doctor.steps import SetVariable

LEAST = 512
"""What a session with an editor, a notebook and one training needs."""
PER_CORE = 8
"""The main process and seven workers, each with a thread per core."""
PER_CORE_AT_ALL = 2
"""Not even one process and its child can start."""
_THREADS = 4


def check(case: Case) -> Verdict:
    """Hold the tighter one of the limits against a thread per core and process."""
    # The kernel does not hold root to the user's limit.
    user = None if case.value("security.root") else case.number("limits.nproc")
    limits = [row for row in (user, case.number("limits.cgroup_pids")) if row is not None]
    cores = case.number("cpu.cores_logical")
    if not limits or cores is None:
        return None
    limit, needed = min(limits), max(LEAST, PER_CORE * cores)
    if limit >= needed:
        return None
    threads = max(1, min(_THREADS, case.machine.cores_usable))
    found = error if limit < PER_CORE_AT_ALL * cores else warning
    return found(
        "limits.nproc",
        "limits.cgroup_pids",
        "cpu.cores_logical",
        steps=(SetVariable("OMP_NUM_THREADS", str(threads)),),
        limit=f"{limit:.0f}",
        cores=f"{cores:.0f}",
        needed=f"{needed:.0f}",
        threads=threads,
    )
