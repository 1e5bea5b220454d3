"""The nouveau driver holds the NVIDIA GPU, so that the NVIDIA driver cannot.

The NVIDIA driver is installed, but the kernel loaded nouveau for {gpu}. Only one of them can have
the GPU.

Finds: nouveau is loaded and nvidia is not, though the NVIDIA driver is on disk.

Why: nouveau comes with the kernel and knows no CUDA. Unless it is on a blacklist, also in the
initial ramdisk, it takes the GPU first; the kernel's log then says that the NVIDIA probe routine
was not called.

Evidence: `driver.pci_gpus`, `driver.modules`; also `driver.library_version`,
`driver.module_files`, `driver.packages`, `driver.kernel_log`.

Fix: write the two lines `blacklist nouveau` and `options nouveau modeset=0` to
`/etc/modprobe.d/blacklist-nouveau.conf`, rebuild the initial ramdisk (`{command}`), and reboot.

False alarms: a second, old NVIDIA GPU that nouveau is meant to drive.

References: https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/index.html nouveau
is to be disabled before NVIDIA's driver is installed
https://github.com/mattshma/bigdata/issues/133 the NVIDIA probe routine was not called

---

nouveau 驱动占用了 NVIDIA GPU，NVIDIA 驱动无法使用它。

已安装 NVIDIA 驱动，但内核为 {gpu} 加载了 nouveau。二者只能有一个使用该 GPU。

发现：加载了 nouveau 而没有加载 nvidia，尽管磁盘上有 NVIDIA 驱动。

原因：nouveau 随内核提供，不支持 CUDA。若没有把它列入黑名单（包括初始内存盘），它会先占用 GPU；
内核日志会说 NVIDIA probe routine was not called。

修复：把 `blacklist nouveau` 和 `options nouveau modeset=0` 两行写入
`/etc/modprobe.d/blacklist-nouveau.conf`，重建初始内存盘（`{command}`），然后重启。

误报：另有一块旧的 NVIDIA GPU，本来就由 nouveau 驱动。
"""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import (
    card_name,
    cards,
    driver_is_elsewhere,
    driver_on_disk,
    module_loaded,
)
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVIDIA_GPU, Verdict, error
from bringup.doctor.steps import Command, Privilege, WriteFile

FOLLOWS = ("DRV002", "DRV004", "DRV022", "DRV023")
"""Where NVIDIA's module cannot be loaded, the distribution falls back to nouveau."""

_FILE: Final = PurePosixPath("/etc/modprobe.d/blacklist-nouveau.conf")
_TEXT: Final = "blacklist nouveau\noptions nouveau modeset=0\n"


def check(case: Case) -> Verdict:
    """Look for nouveau where NVIDIA's driver should be."""
    if driver_is_elsewhere(case):
        return DRIVER_OF_HOST
    found = cards(case)
    if not found:
        return NO_NVIDIA_GPU
    held = [row for row in found if row.get("driver") == "nouveau"]
    loaded = "nouveau" in (case.value("driver.modules") or ())
    if not (held or loaded) or module_loaded(case) or not driver_on_disk(case):
        return None
    name = (case.text("os.name") or "").lower()
    debian = any(word in name for word in ("ubuntu", "debian", "mint", "pop"))
    words = ("sudo", "update-initramfs", "-u") if debian else ("sudo", "dracut", "--force")
    return error(
        "driver.modules",
        "driver.pci_gpus",
        "driver.library_version",
        gpu=card_name((held or found)[0]),
        command=" ".join(words),
        steps=(
            WriteFile(_FILE, _TEXT, Privilege.ROOT),
            Command(words, Privilege.ROOT, reboot=True),
        ),
    )
