"""The NVIDIA module for this kernel is installed, but not loaded.

The nvidia module for kernel {kernel} is on disk, yet the kernel has not loaded it: nvidia-smi
cannot reach the driver.

Finds: a module file for the running kernel, an NVIDIA GPU on the bus, and no loaded nvidia module.

Why: a blacklist, a graphics profile that switches the GPU off (`prime-select intel`), a driver that
was installed a moment ago, or a module that failed to start.

Evidence: `driver.pci_gpus`, `driver.modules`, `driver.module_files`; also `driver.kernel_log`,
`os.kernel`.

Fix: `{command}` and read what it says; `sudo dmesg | tail -30` tells more. On laptops with two
GPUs: `sudo prime-select on-demand` and reboot. `grep -r nvidia /etc/modprobe.d/` finds a
blacklist.

False alarms: a laptop whose NVIDIA GPU is switched off on purpose to save power.

References: https://github.com/mattshma/bigdata/issues/133 installed, GPU there, module not loaded
https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/index.html how to check that the
module is loaded

---

已安装当前内核的 NVIDIA 模块，但没有加载。

磁盘上有内核 {kernel} 的 nvidia 模块，而内核没有加载它：nvidia-smi 无法与驱动通信。

发现：有当前内核的模块文件，总线上有 NVIDIA GPU，却没有加载 nvidia 模块。

原因：黑名单、关闭 GPU 的显卡配置（`prime-select intel`）、刚刚安装的驱动，或模块启动失败。

修复：运行 `{command}` 并查看它的输出；`sudo dmesg | tail -30` 给出更多信息。双显卡笔记本：
`sudo prime-select on-demand` 并重启。`grep -r nvidia /etc/modprobe.d/` 可以找到黑名单。

误报：为了省电而有意关闭 NVIDIA GPU 的笔记本。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import (
    cards,
    driver_is_elsewhere,
    module_for_this_kernel,
    module_loaded,
)
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVIDIA_GPU, Verdict, error
from bringup.doctor.steps import Command, Privilege

FOLLOWS = ("DRV004", "DRV005", "DRV022", "DRV023", "DRV017")
"""All of them keep the module from being loaded."""


def check(case: Case) -> Verdict:
    """Look for a module that could be loaded and is not."""
    if driver_is_elsewhere(case):
        return DRIVER_OF_HOST
    if not cards(case):
        return NO_NVIDIA_GPU
    if module_loaded(case) or not module_for_this_kernel(case):
        return None
    words = ("sudo", "modprobe", "nvidia")
    kernels = [row["kernel"] for row in case.records("driver.module_files") if row.get("running")]
    return error(
        "driver.module_files",
        "driver.modules",
        "driver.pci_gpus",
        kernel=kernels[0],
        command=" ".join(words),
        steps=(Command(words, Privilege.ROOT),),
    )
