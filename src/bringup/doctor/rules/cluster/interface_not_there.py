"""A variable names a network interface that is not here.

{variable}={value} fits no interface with an address; here are: {interfaces}.

Finds: NCCL_SOCKET_IFNAME, GLOO_SOCKET_IFNAME or TP_SOCKET_IFNAME that leaves no interface with an
address.

Why: names differ from machine to machine (eth0, eno1, enp6s0), and scripts carry one along. NCCL
then ends with "Bootstrap : no socket interface found" or an internal error without a word about
the name, Gloo with an error of its transport.

Evidence: `network.interfaces`, `variables.set`.

Fix: {command}, or `unset {variable}`: the default leaves out lo and docker and takes the first of
the others. NCCL takes several beginnings (`eno,eth`) for machines that differ, and a ^ in front
to leave some out; Gloo takes whole names only.

False alarms: the variable is meant for another machine, to which it is sent on.

References: https://docs.nvidia.com/deeplearning/nccl/user-guide/docs/env.html how NCCL reads it
https://github.com/NVIDIA/nccl/issues/1837 an interface that is not there
https://github.com/NVIDIA/nccl/issues/286 machines with different names
https://docs.pytorch.org/docs/stable/distributed.html the variable of Gloo

---

变量指定了不存在的网络接口。

{variable}={value} 与任何有地址的接口都不符；这里有：{interfaces}。

发现：NCCL_SOCKET_IFNAME、GLOO_SOCKET_IFNAME 或 TP_SOCKET_IFNAME 没有留下任何有地址的接口。

原因：各机器的接口名不同（eth0、eno1、enp6s0），而脚本带着其中一个名字。NCCL 会以 "Bootstrap : no
socket interface found" 或不提该名字的内部错误结束，Gloo 会以传输层的错误结束。

修复：{command}，或 `unset {variable}`：默认会排除 lo 和 docker，取其余的第一个。机器各不相同
时，NCCL 可以接受多个前缀（`eno,eth`），前面加 ^ 表示排除；Gloo 只接受完整的名字。

误报：该变量是给另一台机器用的，会被转发过去。
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nodes import best_interface
from bringup.doctor.rule import NO_LAUNCHER, Verdict, error
from bringup.doctor.steps import SetVariable

_PREFIXES: Final = "NCCL_SOCKET_IFNAME"
_WHOLE: Final = ("GLOO_SOCKET_IFNAME", "TP_SOCKET_IFNAME")


def check(case: Case) -> Verdict:
    """Match what the variables say with the interfaces."""
    variables = {
        name: value for name in (_PREFIXES, *_WHOLE) if (value := case.variables.get(name, ""))
    }
    if not variables:
        return NO_LAUNCHER
    rows = case.records("network.interfaces")
    usable = [str(row["name"]) for row in rows if row.get("addresses")]
    # Where no address is known at all, nobody can tell.
    if not usable:
        return None
    for name, value in variables.items():
        left = _by_prefix(value, usable) if name == _PREFIXES else _by_name(value, usable)
        if not left:
            best = best_interface(case)
            return error(
                "variables.set",
                "network.interfaces",
                variable=name,
                value=value,
                interfaces=", ".join(usable),
                command=f"`export {name}={best}`" if best else f"`unset {name}`",
                steps=(SetVariable(name, best),),
            )
    return None


def _by_prefix(value: str, names: Iterable[str]) -> list[str]:
    """Choose as NCCL does: beginnings, ``=`` for whole names, ``^`` in front to leave out."""
    without = value.startswith("^")
    plain = value.removeprefix("^")
    exact = plain.startswith("=")
    words = [word.partition(":")[0] for word in plain.removeprefix("=").split(",") if word]

    def fits(name: str) -> bool:
        return any(name == word if exact else name.startswith(word) for word in words)

    return [name for name in names if fits(name) is not without]


def _by_name(value: str, names: Sequence[str]) -> list[str]:
    """Choose as torch does for Gloo: each name of the list must be there."""
    words = [word.strip() for word in value.split(",") if word.strip()]
    return words if all(word in names for word in words) else []
