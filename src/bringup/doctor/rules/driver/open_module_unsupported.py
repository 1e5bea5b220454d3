"""This GPU is too old for NVIDIA's open kernel module, which is installed.

{gpu} has no system processor (GSP), the open kernel module ({version}) cannot drive it: nvidia-smi
finds no GPU.

Finds: GPUs older than Turing, none newer, under the open module, or the kernel's log saying that
the GPU is not supported by the open module.

Why: the open module hands its work to the GPU's system processor, which Maxwell, Pascal and Volta
do not have. Some distributions now install the open flavour by default.

Evidence: `driver.pci_gpus`; also `driver.open_module`, `driver.kernel_log`, `driver.packages`,
`driver.module_version`, `driver.module_files`, `os.name`.

Fix: install the proprietary flavour of the driver, branch {branch} at the newest, and reboot:
`{command}`.

False alarms: None known.

References: https://github.com/NVIDIA/open-gpu-kernel-modules the open module needs Turing or newer
https://archlinux.org/news/nvidia-590-driver-drops-pascal-support-main-packages-switch-to-open-kernel-modules/
a distribution that changed to it

---

此 GPU 太旧，不能使用已安装的 NVIDIA 开放内核模块。

{gpu} 没有系统处理器（GSP），开放内核模块（{version}）无法驱动它：nvidia-smi 找不到 GPU。

发现：开放模块下只有比 Turing 旧的 GPU，或内核日志说该 GPU 不受开放模块支持。

原因：开放模块把工作交给 GPU 的系统处理器，而 Maxwell、Pascal 和 Volta 没有它。
有些发行版现在默认安装开放版本。

修复：安装专有版本的驱动（最新到 {branch} 分支）并重启：`{command}`。

误报：目前没有已知的误报。
"""

from __future__ import annotations

from typing import Final

from packaging.version import Version

from bringup.doctor.case import Case, Record
from bringup.doctor.nvidia import (
    card_capability,
    card_name,
    cards,
    core_packages,
    driver_is_elsewhere,
    driver_version,
    driver_works,
    in_log,
    steps_of,
)
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVIDIA_GPU, Verdict, error
from bringup.knowledge.cuda import architecture_of

_TURING: Final = Version("7.5")
_SAID: Final = r"is not supported by open"
_LAST: Final = "580"
"""The last branch for the generations before Turing, where the card's name tells none."""


def check(case: Case) -> Verdict:
    """Look for GPUs that the open module cannot drive."""
    if driver_is_elsewhere(case):
        return DRIVER_OF_HOST
    found = cards(case)
    if not found:
        return NO_NVIDIA_GPU
    old = [row for row in found if _is_old(row)]
    alone = len(old) == len(found) and _open(case) and not driver_works(case)
    if not alone and in_log(case, _SAID) is None:
        return None
    card = (old or found)[0]
    branch = _branch(card)
    name = (case.text("os.name") or "").lower()
    ubuntu = f"sudo apt install nvidia-driver-{branch}"
    command = ubuntu if "ubuntu" in name else f"sudo sh NVIDIA-Linux-*-{branch}.*.run"
    return error(
        "driver.pci_gpus",
        "driver.open_module",
        "driver.packages",
        "driver.kernel_log",
        gpu=card_name(card),
        version=driver_version(case) or "nvidia",
        branch=branch,
        command=command,
        steps=steps_of(command, reboot=True),
    )


def _is_old(row: Record) -> bool:
    capability = card_capability(row)
    return capability is not None and capability < _TURING


def _open(case: Case) -> bool:
    packaged = any("-open" in name for name in core_packages(case))
    return case.value("driver.open_module") is True or packaged


def _branch(row: Record) -> str:
    capability = card_capability(row)
    architecture = None if capability is None else architecture_of(str(capability))
    return (architecture.last_driver_branch if architecture else None) or _LAST
