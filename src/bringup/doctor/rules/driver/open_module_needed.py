"""This GPU runs only with NVIDIA's open kernel module; the proprietary one is loaded.

{gpu} needs the open kernel module, the loaded one ({version}) is the proprietary one: nvidia-smi
says "No devices were found".

Finds: a Blackwell or Grace Hopper GPU under the proprietary module, or the line in the kernel's log
that asks for the open modules.

Why: from Blackwell on NVIDIA ships only the open module for its GPUs. The proprietary module loads,
but cannot set up the GPU.

Evidence: `driver.open_module`, `driver.pci_gpus`; also `driver.kernel_log`,
`driver.module_version`, `os.name`.

Fix: install the open flavour of the driver and reboot: `{command}`.

False alarms: None known.

References: https://github.com/NVIDIA/open-gpu-kernel-modules/issues/872 an RTX 5090, not found
until the open driver was installed
https://developer.nvidia.com/blog/nvidia-transitions-fully-towards-open-source-gpu-kernel-modules/
which GPUs need which module

---

此 GPU 只能使用 NVIDIA 的开放内核模块，而加载的是专有模块。

{gpu} 需要开放内核模块，已加载的（{version}）是专有模块：nvidia-smi 说 "No devices were found"。

发现：专有模块下的 Blackwell 或 Grace Hopper GPU，或内核日志中要求开放模块的记录。

原因：从 Blackwell 起，NVIDIA 只提供支持其 GPU 的开放模块。专有模块能加载，但无法初始化 GPU。

修复：安装开放版本的驱动并重启：`{command}`。

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
    driver_is_elsewhere,
    in_log,
    steps_of,
    version_of,
)
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVIDIA_GPU, Verdict, error

_BLACKWELL: Final = Version("10.0")
_SAID: Final = r"requires use of the NVIDIA open kernel modules"


def check(case: Case) -> Verdict:
    """Look for a GPU that the proprietary module cannot drive."""
    if driver_is_elsewhere(case):
        return DRIVER_OF_HOST
    found = cards(case)
    if not found:
        return NO_NVIDIA_GPU
    if case.value("driver.open_module") is not False:
        return None
    needing = [row for row in found if _needs(row)]
    if not needing and in_log(case, _SAID) is None:
        return None
    command = _command(case)
    return error(
        "driver.open_module",
        "driver.pci_gpus",
        "driver.kernel_log",
        gpu=card_name((needing or found)[0]),
        version=case.text("driver.module_version") or "nvidia",
        command=command,
        steps=steps_of(command, reboot=True),
    )


def _needs(row: Record) -> bool:
    capability = card_capability(row)
    new = capability is not None and capability >= _BLACKWELL
    return new or "GH200" in str(row.get("name"))


def _command(case: Case) -> str:
    name = (case.text("os.name") or "").lower()
    version = version_of(case.text("driver.module_version"))
    if "ubuntu" in name and version is not None:
        return f"sudo apt install nvidia-driver-{version.major}-open"
    if "debian" in name:
        return "sudo apt install nvidia-open-kernel-dkms"
    return "sudo pacman -S nvidia-open" if "arch" in name else "sudo dnf install nvidia-open"
