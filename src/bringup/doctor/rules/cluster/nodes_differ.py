"""The machines of the job are not alike.

Compared with this machine ({name}): {differences}.

Finds: machines given with --peer that differ in torch, NCCL or its build (an error), or in
Python, driver, kind or number of GPUs (a warning).

Why: the ranks of a job must run the same programs. Different releases of torch or NCCL end with
"unhandled system error", "invalid usage", objects that cannot be unpickled, or wait until the
time limit. Slower or fewer GPUs on one machine hold up all others.

Evidence: `gpu.devices`; also `env.packages`, `env.python_version`, `gpu.nvidia_driver`,
`network.hostname`.

Fix: install the same lock on all machines: `bringup sync` in the project on each of them, then
compare again.

False alarms: a job that is made for unlike machines, and serves each with its own share.

References: https://github.com/NVIDIA/nccl/issues/286 the version of NCCL must match, says its
maintainer https://docs.pytorch.org/docs/stable/elastic/run.html one program on all nodes

---

作业的各台机器不一致。

与这台机器（{name}）相比：{differences}。

发现：用 --peer 给出的机器在 torch、NCCL 或构建上不同（错误），或在 Python、驱动、GPU 型号或数量上
不同（警告）。

原因：一个作业的各进程必须运行相同的程序。torch 或 NCCL 的版本不同，会以 "unhandled system
error"、"invalid usage"、对象无法反序列化结束，或一直等到超时。某台机器的 GPU 较慢或较少，会拖慢所
有机器。

修复：在所有机器上安装同一个锁文件：在每台机器的项目中运行 `bringup sync`，然后再次比较。

误报：作业本来就为不同的机器设计，并按各自的能力分配。
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_PEERS, Found, Severity, Verdict
from bringup.machine.model import Machine


def _package(name: str) -> Callable[[Case], str | None]:
    return lambda case: case.packages.get(name)


def _nccl(case: Case) -> str | None:
    names = sorted(name for name in case.packages if name.startswith("nvidia-nccl-"))
    return case.packages[names[0]] if names else None


def _python(case: Case) -> str | None:
    """Return major and minor: a patch release changes nothing between ranks."""
    version = case.text("env.python_version")
    return None if version is None else ".".join(version.split(".")[:2])


def _gpus(case: Case) -> str | None:
    if not case.known("gpu.devices"):
        return None
    names = [gpu.name for gpu in case.machine.gpus]
    return " + ".join(f"{names.count(name)} x {name}" for name in sorted(set(names))) or "0"


_MUST: Final = (("torch", _package("torch")), ("NCCL", _nccl))
_SHOULD: Final[tuple[tuple[str, Callable[[Case], str | None]], ...]] = (
    ("Python", _python),
    ("driver", lambda case: case.text("gpu.nvidia_driver")),
    ("GPU", _gpus),
)


def check(case: Case) -> Verdict:
    """Hold each peer against this machine."""
    if not case.peers:
        return NO_PEERS
    fatal, rest = list(_differences(case, _MUST)), list(_differences(case, _SHOULD))
    if not fatal and not rest:
        return None
    values = {
        "name": case.text("network.hostname") or "-",
        "differences": "; ".join((*fatal, *rest)),
    }
    severity = Severity.ERROR if fatal else Severity.WARNING
    shown = ("env.packages", "env.python_version", "gpu.nvidia_driver", "gpu.devices")
    return Found(severity, values, shown)


def _differences(
    case: Case, parts: tuple[tuple[str, Callable[[Case], str | None]], ...]
) -> Iterator[str]:
    for number, machine in enumerate(case.peers, 1):
        peer = Case(machine)
        for name, of in parts:
            here, there = of(case), of(peer)
            if here is not None and there is not None and here != there:
                yield f"{_name(machine, number)}: {name} {there} ({here})"


def _name(machine: Machine, number: int) -> str:
    return str(machine.value("network.hostname") or f"peer {number}")
