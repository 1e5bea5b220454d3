"""An NVIDIA GPU is in this machine, but no NVIDIA driver is installed.

{gpu} is on the PCI bus, and there is neither a kernel module nor a library of its driver: CUDA
programs find no GPU here.

Finds: an NVIDIA GPU on the bus without a loaded module, module files, libraries or packages of the
driver.

Why: wheels of torch, JAX and TensorFlow bring CUDA, but never the driver. Without one they compute
on the CPU, or end with "Found no NVIDIA driver on your system".

Evidence: `driver.pci_gpus`, `driver.modules`, `driver.library_version`; also
`driver.module_files`, `driver.packages`, `os.name`.

Fix: install the driver, then reboot: `{command}`. The driver alone is enough; a CUDA toolkit is
needed only to compile.

False alarms: a machine that uses this GPU for its screen only, with nouveau, and computes on the
CPU. A GPU that is handed to a virtual machine (vfio-pci) is left alone.

References: https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/index.html how to
install the driver on each distribution
https://github.com/NVIDIA/enroot/issues/105 libraries for containers are there, the driver is not

---

本机有 NVIDIA GPU，但没有安装 NVIDIA 驱动。

PCI 总线上有 {gpu}，却既没有驱动的内核模块也没有驱动的库：CUDA 程序在这里找不到 GPU。

发现：总线上有 NVIDIA GPU，但没有已加载的模块，也没有驱动的模块文件、库或软件包。

原因：torch、JAX 和 TensorFlow 的 wheel 自带 CUDA，但从不带驱动。没有驱动时它们只能用 CPU，
或以 "Found no NVIDIA driver on your system" 结束。

修复：安装驱动后重启：`{command}`。只装驱动就够了；CUDA 工具包只在编译时才需要。

误报：该 GPU 只用来接显示器（nouveau），计算都在 CPU 上。交给虚拟机的 GPU（vfio-pci）不算在内。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import (
    card_name,
    cards,
    driver_is_elsewhere,
    driver_on_disk,
    module_loaded,
    steps_of,
)
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVIDIA_GPU, Verdict, error

_COMMANDS: Final = {
    "ubuntu": "sudo ubuntu-drivers install",
    "pop": "sudo apt install system76-driver-nvidia",
    "debian": "sudo apt install nvidia-driver",
    "fedora": "sudo dnf install akmod-nvidia",
    "rocky": "sudo dnf install nvidia-open",
    "alma": "sudo dnf install nvidia-open",
    "red hat": "sudo dnf install nvidia-open",
    "arch": "sudo pacman -S nvidia-open",
}
_ELSEWHERE: Final = "sudo sh NVIDIA-Linux-*.run"
"""NVIDIA's own installer, where no distribution's command is known."""


def check(case: Case) -> Verdict:
    """Look for a GPU on the bus that nothing drives."""
    if driver_is_elsewhere(case):
        return DRIVER_OF_HOST
    found = cards(case)
    if not found:
        return NO_NVIDIA_GPU
    if module_loaded(case) or driver_on_disk(case):
        return None
    command = _command(case)
    return error(
        "driver.pci_gpus",
        "driver.modules",
        "driver.library_version",
        gpu=card_name(found[0]),
        command=command,
        steps=steps_of(command, reboot=True),
    )


def _command(case: Case) -> str:
    name = (case.text("os.name") or "").lower()
    return next((command for word, command in _COMMANDS.items() if word in name), _ELSEWHERE)
