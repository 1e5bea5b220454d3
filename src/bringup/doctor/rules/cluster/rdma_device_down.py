"""An RDMA device that the job shall use is not active.

{devices}: {reason}.

Finds: a device that NCCL_IB_HCA names and that is down or absent; InfiniBand ports that wait for
a subnet manager; a port that is down here and active on a peer.

Why: NCCL leaves such a device out, and one path is missing: the job is slower, falls back to TCP,
or hangs when machines disagree. A port in the state INIT has a cable and no subnet manager that
gives it an address.

Evidence: `network.infiniband`; also `variables.set`, `network.hostname`.

Fix: `ibstat` shows the ports. One in the state INIT waits for a subnet manager: `sminfo` asks for
it, `sudo systemctl enable --now opensm` starts one where no switch has it. For one that is down
look at the cable and the switch; then correct NCCL_IB_HCA.

False alarms: ports that nobody uses; those that are down without a reason to miss them are not
told.

References: https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html NCCL_IB_HCA
https://github.com/ROCm/rccl/issues/1423 a link that comes and goes
https://github.com/k8snetworkplumbingwg/sriov-network-device-plugin/issues/269 no subnet manager
for the port

---

作业要使用的 RDMA 设备不处于活动状态。

{devices}：{reason}。

发现：NCCL_IB_HCA 指定的设备关闭或不存在；InfiniBand 端口在等待子网管理器；端口在这里关闭而在对等
机器上活动。

原因：NCCL 会排除这样的设备，于是少了一条通路：作业变慢、退回 TCP，或因各机器不一致而挂起。处于
INIT 状态的端口有线缆，但没有子网管理器为它分配地址。

修复：`ibstat` 显示端口状态。处于 INIT 的端口在等待子网管理器：`sminfo` 可以查询，交换机没有时用
`sudo systemctl enable --now opensm` 启动。端口关闭时请检查线缆和交换机；然后修正 NCCL_IB_HCA。

误报：没有人使用的端口；没有理由需要的关闭端口不会报告。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_RDMA, Found, Severity, Verdict

_WAITING: Final = frozenset({"init", "armed"})


def check(case: Case) -> Verdict:
    """Look at named devices, then at waiting ones, then at what peers have."""
    rows = case.records("network.infiniband")
    states = {str(row["name"]): str(row.get("state") or "?") for row in rows}
    wanted = _named(case.variables.get("NCCL_IB_HCA", ""))
    if not states and not wanted:
        return NO_RDMA
    missing = [name for name in wanted if not any(_active(states, name))]
    if missing:
        absent = [name for name in missing if not any(key.startswith(name) for key in states)]
        reason = f"{'absent' if absent else 'down'} (NCCL_IB_HCA)"
        return _found(Severity.ERROR, missing, reason)
    fabric = [str(row["name"]) for row in rows if row.get("link") == "InfiniBand"]
    waiting = [name for name in fabric if states[name] in _WAITING]
    if waiting:
        alone = not any(states[name] == "active" for name in fabric)
        severity = Severity.ERROR if alone else Severity.WARNING
        return _found(severity, waiting, states[waiting[0]].upper())
    return _against_peers(case, states)


def _named(value: str) -> list[str]:
    """Return the names that must be there: of ``=mlx5_0:1,mlx5_1`` two, of ``^mlx5_3`` none."""
    if value.startswith("^"):
        return []
    words = value.removeprefix("=").split(",")
    return [name for word in words if (name := word.partition(":")[0].strip())]


def _active(states: dict[str, str], beginning: str) -> list[str]:
    return [
        name for name, state in states.items() if name.startswith(beginning) and state == "active"
    ]


def _against_peers(case: Case, states: dict[str, str]) -> Verdict:
    down = [name for name, state in states.items() if state == "down"]
    for machine in case.peers:
        there = {
            str(row["name"])
            for row in machine.value("network.infiniband") or ()
            if row.get("state") == "active"
        }
        lost = [name for name in down if name in there]
        if lost:
            peer = machine.value("network.hostname") or "peer"
            return _found(Severity.WARNING, lost, f"down; {peer}: active")
    return None


def _found(severity: Severity, names: list[str], reason: str) -> Found:
    values = {"devices": ", ".join(names), "reason": reason}
    return Found(severity, values, ("network.infiniband", "variables.set"))
