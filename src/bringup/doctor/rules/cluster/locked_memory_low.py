"""RDMA is here, and programs may lock little memory.

{device} ({link}) is active, and a program may lock {limit} MiB only: NCCL cannot register its
buffers.

Finds: an active RDMA device beside a limit of locked memory below 1 GiB, for a user whom the
limit binds, on a machine with GPUs or a job on several machines.

Why: RDMA needs memory that stays in its place. With the usual 64 KiB or 8 MiB NCCL ends with
"ibv_reg_mr failed with error Cannot allocate memory" or "ibv_create_cq failed", or quietly takes
the slow way over TCP.

Evidence: `network.infiniband`, `limits.memlock`; also `security.root`, `surroundings.container`,
`security.privileged`, `gpu.devices`, `variables.set`.

Fix: {fix}

False alarms: RDMA is there for storage only.

References: https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/troubleshooting.html the
limit that NCCL wants https://github.com/NVIDIA/nccl-tests/issues/206 8 MiB and the message
https://github.com/openucx/ucx/issues/8229 the same in UCX

---

这里有 RDMA，而程序可锁定的内存很少。

{device}（{link}）处于活动状态，而程序最多只能锁定 {limit} MiB：NCCL 无法注册缓冲区。

发现：有活动的 RDMA 设备，而锁定内存的限制低于 1 GiB，且该限制对当前用户有效，机器有 GPU 或作业跨
多台机器。

原因：RDMA 需要固定在原处的内存。在常见的 64 KiB 或 8 MiB 限制下，NCCL 会以 "ibv_reg_mr failed
with error Cannot allocate memory" 或 "ibv_create_cq failed" 结束，或悄悄改走较慢的 TCP。

修复：{fix}

误报：RDMA 只用于存储。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nodes import several_machines
from bringup.doctor.rule import NO_RDMA, Found, Severity, Verdict

_LITTLE: Final = 1 << 30
"""NCCL alone registers some MiB per channel and peer; its guide asks for no limit at all."""
_CONTAINER: Final = "`docker run --ulimit memlock=-1 --device /dev/infiniband ...`"
_HOST: Final = (
    "`* soft memlock unlimited`, `* hard memlock unlimited` -> `/etc/security/limits.conf`"
    " (Slurm, systemd: `LimitMEMLOCK=infinity`); `ulimit -l`"
)


def check(case: Case) -> Verdict:
    """Hold the limit against what RDMA needs."""
    active = [row for row in case.records("network.infiniband") if row.get("state") == "active"]
    if not active:
        return NO_RDMA
    limit = case.number("limits.memlock")
    if limit is None or limit >= _LITTLE or case.variables.get("NCCL_IB_DISABLE") == "1":
        return None
    if _unbound(case):
        return None
    several = several_machines(case)
    # Alone, only InfiniBand proper is meant for such jobs; clouds give RDMA to plain Ethernet.
    fabric = next((row for row in active if row.get("link") == "InfiniBand"), None)
    if not several and (fabric is None or not case.machine.gpus):
        return None
    device = fabric or active[0]
    values = {
        "device": device["name"],
        "link": device.get("link") or "RDMA",
        "limit": f"{limit / 2**20:.2f}".rstrip("0").rstrip("."),
        "fix": _CONTAINER if case.in_container else _HOST,
    }
    severity = Severity.ERROR if several else Severity.WARNING
    return Found(severity, values, ("limits.memlock", "network.infiniband"))


def _unbound(case: Case) -> bool:
    """Say whether the kernel lets us lock as we like: root outside plain containers."""
    free = not case.in_container or case.value("security.privileged") is True
    return case.value("security.root") is True and free
