"""Programs start more threads than we have cores.

{threads} threads are started ({why}), but {usable} cores are left to us: they get in each other's
way.

Finds: a variable that asks for more threads than there are usable cores, or no such variable where
a quota of the control group leaves less than an eighth of the machine's cores.

Why: OpenMP, MKL and PyTorch count the machine's cores and know nothing of a quota. Threads above
it are stopped for most of each period while the others wait for them: work takes many times as
long, and every processor seems busy.

Evidence: `cpu.cores_usable`, `cpu.cores_logical`, `variables.set`; also `cpu.quota`,
`surroundings.container`.

Fix: `export OMP_NUM_THREADS={usable} MKL_NUM_THREADS={usable} OPENBLAS_NUM_THREADS={usable}`
before Python starts, in Kubernetes as `env:` of the container; or
`torch.set_num_threads({usable})`.

False alarms: programs that set their threads themselves, or work on the GPU only.

References: https://github.com/uxlfoundation/oneTBB/issues/190 20 s instead of seconds under a quota
of 2 of 48 cores
https://github.com/ollama/ollama/issues/17916 45 times slower with 8 threads on 4 cores
https://github.com/onyx-dot-app/onyx/pull/12351 192 threads against a quota of 8 cores

---

程序启动的线程多于可用的核心。

会启动 {threads} 个线程（{why}），但留给我们的只有 {usable} 个核心：它们互相妨碍。

发现：某个变量要求的线程数多于可用核心数；或没有设置这样的变量，而控制组的配额只留下不到机器八分之
一的核心。

原因：OpenMP、MKL 和 PyTorch 按机器的核心数计数，并不知道配额。超出配额的线程在每个周期的大部分时间
被停止，其余线程则等待它们：工作耗时数倍，而每个处理器看起来都很忙。

修复：在 Python 启动前设置 `export OMP_NUM_THREADS={usable} MKL_NUM_THREADS={usable}
OPENBLAS_NUM_THREADS={usable}`，在 Kubernetes 中写入容器的 `env:`；或使用
`torch.set_num_threads({usable})`。

误报：自行设置线程数、或只在 GPU 上工作的程序。
"""

from __future__ import annotations

import math

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning
from bringup.doctor.steps import SetVariable

_VARIABLES = (
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
QUOTA_SHARE = 8
"""A pod with one GPU of eight has its eighth of the machine, and most of its work on the GPU."""


def check(case: Case) -> Verdict:
    """Hold the threads that programs start against the usable cores."""
    usable, logical = case.number("cpu.cores_usable"), case.number("cpu.cores_logical")
    if usable is None or logical is None:
        return None
    for name in _VARIABLES:
        # OMP_NUM_THREADS may hold one number per nesting level.
        text = case.variables.get(name, "").partition(",")[0].strip()
        if text.isdigit() and int(text) > usable:
            return _found(int(text), f"{name}={text}", int(usable))
    if "OMP_NUM_THREADS" in case.variables or not _by_quota(case, usable):
        return None
    if logical > QUOTA_SHARE * usable:
        return _found(int(logical), f"cpu.quota={case.value('cpu.quota')}", int(usable))
    return None


def _by_quota(case: Case, usable: float) -> bool:
    """Say whether the quota, not the affinity that OpenMP knows of, leaves us so few cores."""
    quota = case.number("cpu.quota")
    return quota is not None and max(1, math.floor(quota)) == usable


def _found(threads: int, why: str, usable: int) -> Verdict:
    return warning(
        "variables.set" if "NUM_THREADS" in why else "cpu.quota",
        "cpu.cores_usable",
        "cpu.cores_logical",
        steps=(SetVariable("OMP_NUM_THREADS", str(usable)),),
        threads=threads,
        why=why,
        usable=usable,
    )
