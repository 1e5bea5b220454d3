"""The name of this machine leads back to itself: other machines cannot use it.

{name} resolves to {addresses}: ranks here tell the others to connect to that.

Finds: a job on several machines, on a host whose name resolves to loopback addresses or to none,
without GLOO_SOCKET_IFNAME.

Why: Debian and Ubuntu write `127.0.1.1 NAME` into /etc/hosts. Gloo, and all that asks for the
address of the own name, hands this address to the other machines, which then connect to
themselves: "Connection refused", "connectFullMesh failed", or they wait for ever.

Evidence: `network.hostname`, `network.hostname_addresses`; also `variables.set`,
`network.interfaces`.

Fix: name the interface: {command}. Or write the machine's own address for {name} into /etc/hosts,
in place of the loopback one.

False alarms: programs that ask no name, such as NCCL alone.

References: https://github.com/pytorch/gloo/issues/223 connect to 127.0.1.1 refused
https://github.com/ray-project/ray/issues/37461 mended in /etc/hosts
https://github.com/sgl-project/sglang/issues/3226 connectFullMesh on several nodes

---

这台机器的名字指回它自己：其他机器无法使用。

{name} 解析为 {addresses}：这里的进程会让其他机器连接这些地址。

发现：跨多台机器的作业，主机名解析为回环地址或无法解析，且没有设置 GLOO_SOCKET_IFNAME。

原因：Debian 和 Ubuntu 会在 /etc/hosts 中写入 `127.0.1.1 NAME`。Gloo 以及所有查询自身名字地址的程
序会把该地址交给其他机器，后者于是连接自己："Connection refused"、"connectFullMesh failed"，或一直
等待。

修复：指定接口：{command}。或在 /etc/hosts 中把 {name} 的回环地址换成机器自己的地址。

误报：不查询名字的程序，例如单独使用 NCCL。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.kernels import is_loopback
from bringup.doctor.nodes import best_interface, several_machines
from bringup.doctor.rule import ONE_MACHINE, Verdict, error
from bringup.doctor.steps import SetVariable


def check(case: Case) -> Verdict:
    """Look at what the own name resolves to."""
    if not several_machines(case):
        return ONE_MACHINE
    addresses = [str(text) for text in case.value("network.hostname_addresses") or ()]
    chosen = case.variables.get("GLOO_SOCKET_IFNAME")
    if chosen or any(not is_loopback(text) for text in addresses):
        return None
    interface = best_interface(case)
    steps = () if interface is None else (SetVariable("GLOO_SOCKET_IFNAME", interface),)
    return error(
        "network.hostname_addresses",
        "network.hostname",
        name=case.text("network.hostname") or "-",
        addresses=", ".join(addresses) or "-",
        command=f"`export GLOO_SOCKET_IFNAME={interface or 'INTERFACE'}`",
        steps=steps,
    )
