"""The NVIDIA driver has no kernel module for the running kernel.

The kernel {kernel} runs, but nvidia modules are on disk only for: {others}. nvidia-smi cannot
reach the driver.

Finds: the driver's libraries or packages without a module file for the running kernel, and no
loaded nvidia module.

Why: a kernel module fits one kernel. After an upgrade of the kernel it must be built anew; without
DKMS, without the kernel's headers, or when the build failed, it is missing after the reboot.
nvidia-smi then says that it couldn't communicate with the NVIDIA driver.

Evidence: `driver.pci_gpus`, `driver.modules`, `driver.module_files`; also `os.kernel`,
`driver.library_version`, `driver.packages`, `os.name`.

Fix: install the headers of the running kernel and build the module: `{command}`. See what went
wrong with `dkms status` and in `/var/lib/dkms/nvidia/*/build/make.log`. Or boot an older kernel
for which there is a module.

False alarms: a module that lies in a folder of its own, as some vendors' installers leave it; then
it would be loaded, and nothing is said.

References: https://github.com/GoogleCloudPlatform/compute-gpu-installation/issues/25 gone after a
reboot into a new kernel, back with its headers
https://github.com/NVIDIA/nvidia-docker/issues/365 modules for the old kernel only
https://github.com/CachyOS/linux-cachyos/issues/118 works with one kernel, not with the other

---

NVIDIA 驱动没有适合当前内核的模块。

正在运行内核 {kernel}，而磁盘上的 nvidia 模块只适合：{others}。nvidia-smi 无法与驱动通信。

发现：有驱动的库或软件包，但没有当前内核的模块文件，也没有加载 nvidia 模块。

原因：一个内核模块只适合一个内核。升级内核后必须重新编译；没有 DKMS、没有内核头文件或编译失败时，
重启后就没有模块。nvidia-smi 会说 couldn't communicate with the NVIDIA driver。

修复：安装当前内核的头文件并编译模块：`{command}`。用 `dkms status` 和
`/var/lib/dkms/nvidia/*/build/make.log` 查看失败原因。也可以启动仍有模块的旧内核。

误报：模块位于厂商安装程序自己的文件夹中；这时模块会被加载，本规则不会报告。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import (
    cards,
    driver_is_elsewhere,
    driver_on_disk,
    module_for_this_kernel,
    module_loaded,
)
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVIDIA_GPU, Verdict, error
from bringup.doctor.steps import Command, Privilege


def check(case: Case) -> Verdict:
    """Look for a driver whose module was not built for the kernel that runs."""
    if driver_is_elsewhere(case):
        return DRIVER_OF_HOST
    if not cards(case):
        return NO_NVIDIA_GPU
    if module_loaded(case) or module_for_this_kernel(case) or not driver_on_disk(case):
        return None
    kernel = case.text("os.kernel") or "$(uname -r)"
    kernels = [str(row.get("kernel")) for row in case.records("driver.module_files")]
    commands = _commands(case, kernel)
    return error(
        "os.kernel",
        "driver.module_files",
        "driver.modules",
        "driver.library_version",
        kernel=kernel,
        others=", ".join(kernels) or "-",
        command=" && ".join(" ".join(words) for words in commands),
        steps=tuple(Command(words, Privilege.ROOT) for words in commands),
    )


def _commands(case: Case, kernel: str) -> tuple[tuple[str, ...], ...]:
    name = (case.text("os.name") or "").lower()
    load = ("sudo", "modprobe", "nvidia")
    if "fedora" in name:
        headers = ("sudo", "dnf", "install", f"kernel-devel-{kernel}")
        return headers, ("sudo", "akmods", "--force"), load
    build = ("sudo", "dkms", "autoinstall")
    if any(word in name for word in ("ubuntu", "debian", "mint", "pop")):
        return ("sudo", "apt", "install", "dkms", f"linux-headers-{kernel}"), build, load
    if any(word in name for word in ("rocky", "alma", "red hat", "centos")):
        return ("sudo", "dnf", "install", f"kernel-devel-{kernel}"), build, load
    return build, load
