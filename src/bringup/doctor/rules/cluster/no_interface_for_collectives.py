"""No network interface leads from here to the other machines.

A job on several machines is meant, and only {interfaces} have an address: NCCL and Gloo have
nothing to talk through.

Finds: a job on several machines where only loopback and bridges of containers have an address.

Why: NCCL leaves out lo and docker, and takes them after all when nothing else is there: the ranks
then wait for each other until the time limit, or end with "no socket interface found". In
containers the cause is mostly a network of its own.

Evidence: `network.interfaces`; also `variables.set`, `surroundings.container`.

Fix: `ip -br addr` shows what is there; bring the interface up, or give the container the host's
network: `docker run --network host` (in Kubernetes `hostNetwork: true`).

False alarms: None known.

References: https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html what NCCL takes by
default https://github.com/NVIDIA/nccl/issues/210 no IP interface on the machine
https://github.com/marin-community/marin/issues/7018 no socket interface found on a cluster

---

没有网络接口从这里通往其他机器。

要运行跨多台机器的作业，而只有 {interfaces} 有地址：NCCL 和 Gloo 无法通信。

发现：跨多台机器的作业，而只有回环接口和容器网桥有地址。

原因：NCCL 会排除 lo 和 docker，没有其他接口时又会使用它们：各进程于是互相等待直到超时，或以 "no
socket interface found" 结束。在容器中，原因多半是容器有自己的网络。

修复：`ip -br addr` 显示有哪些接口；启用接口，或让容器使用主机网络：`docker run --network
host`（Kubernetes 中为 `hostNetwork: true`）。

误报：目前没有已知的误报。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nodes import outward, several_machines
from bringup.doctor.rule import ONE_MACHINE, Verdict, error


def check(case: Case) -> Verdict:
    """Look for an interface that may lead to others."""
    if not several_machines(case):
        return ONE_MACHINE
    rows = [row for row in case.records("network.interfaces") if row.get("addresses")]
    if not rows or any(outward(case)):
        return None
    # State "unknown" of a driver is not down: an address on such an interface counts.
    if any(row.get("kind") not in {"loopback", "bridge"} for row in rows):
        return None
    return error(
        "network.interfaces",
        "variables.set",
        interfaces=", ".join(str(row["name"]) for row in rows),
    )
