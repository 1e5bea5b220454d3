"""This container has all rights over the host.

The {kind} container runs with all capabilities, as after --privileged: who gets in is root of the
host.

Finds: a container of Docker, containerd or Kubernetes whose processes have all capabilities.

Why: --privileged opens all devices and lets programs mount the host's disks and load modules.
GPUs do not need it: it mostly comes from an instruction that was copied on.

Evidence: `surroundings.container`, `security.privileged`; also `gpu.devices`.

Fix: start it without --privileged, and name what is needed: GPUs `--gpus all`, RDMA `--device
/dev/infiniband --ulimit memlock=-1`, debuggers `--cap-add SYS_PTRACE`.

False alarms: Docker in Docker, and other tools that manage the host.

References:
https://docs.docker.com/engine/containers/run/#runtime-privilege-and-linux-capabilities what it
opens https://cheatsheetseries.owasp.org/cheatsheets/Docker_Security_Cheat_Sheet.html rule 3: only
the rights that are needed

---

此容器拥有主机的全部权限。

此 {kind} 容器带有全部 capability 运行，如同使用了 --privileged：进入容器的人就是主机的 root。

发现：Docker、containerd 或 Kubernetes 的容器，其进程拥有全部 capability。

原因：--privileged 开放所有设备，允许程序挂载主机的磁盘、加载内核模块。GPU 并不需要它：它多半来自
照抄的说明。

修复：启动时不要用 --privileged，而是列出所需的权限：GPU 用 `--gpus all`，RDMA 用 `--device
/dev/infiniband --ulimit memlock=-1`，调试器用 `--cap-add SYS_PTRACE`。

误报：Docker in Docker，以及管理主机的其他工具。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_IN_CONTAINER, Verdict, warning

_REAL: Final = frozenset({"docker", "containerd", "kubernetes"})
"""Others mostly run in a user namespace, whose capabilities count for nothing outside."""


def check(case: Case) -> Verdict:
    """Look for all capabilities."""
    kind = case.text("surroundings.container")
    if kind is None:
        return NOT_IN_CONTAINER
    if case.value("security.privileged") is not True or kind not in _REAL:
        return None
    return warning("security.privileged", "surroundings.container", kind=kind)
