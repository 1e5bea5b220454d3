"""Packages of the NVIDIA driver are installed in more than one version.

The driver's packages are of versions {versions}: {packages}.

Finds: kernel module, libcuda, NVML and tools as packages of different versions.

Why: all parts of a driver must be of one version. Half an upgrade, two sources of packages (the
distribution's and NVIDIA's), or a second branch beside the first leave them apart; NVML then ends
with "Driver/library version mismatch", also after a reboot.

Evidence: `driver.packages`; also `driver.module_version`, `driver.library_version`.

Fix: remove all of them and install one branch from one source: `{command}`, then install the driver
again and reboot. `apt policy` shows which source offers which version.

False alarms: None known; packages with versions of their own (settings, container toolkit, fabric
manager, compatibility libraries) are not compared.

References: https://github.com/lyulyul/shine-cluster/issues/50 packages upgraded apart by an
unattended upgrade
https://docs.nvidia.com/datacenter/tesla/driver-installation-guide/index.html which packages make up
a driver

---

NVIDIA 驱动的软件包有不止一个版本。

驱动的软件包有 {versions} 几个版本：{packages}。

发现：内核模块、libcuda、NVML 和工具的软件包版本不同。

原因：驱动的所有部分必须是同一版本。升级到一半、使用两个软件源（发行版的和 NVIDIA 的），
或安装了第二个分支，都会使版本不同；NVML 会以 "Driver/library version mismatch" 结束，重启后也一样。

修复：全部卸载，再从同一个源安装同一个分支：`{command}`，然后重新安装驱动并重启。
`apt policy` 显示哪个源提供哪个版本。

误报：目前没有已知的误报；自有版本号的软件包（设置、容器工具、fabric manager、兼容库）不参与比较。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import core_packages, package_manager
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVIDIA_GPU, Verdict, error
from bringup.doctor.steps import Command, Privilege

FOLLOWS = ("DRV015",)


def check(case: Case) -> Verdict:
    """Compare the versions of the packages that make up the driver."""
    if case.in_container:
        return DRIVER_OF_HOST
    packages = core_packages(case)
    if not packages:
        return None if case.nvidia_on_bus else NO_NVIDIA_GPU
    versions = sorted(set(packages.values()))
    if len(versions) < 2:
        return None
    words = ("sudo", package_manager(case), "remove", *sorted(packages))
    return error(
        "driver.packages",
        "driver.module_version",
        "driver.library_version",
        versions=", ".join(versions),
        packages=", ".join(f"{name} {version}" for name, version in sorted(packages.items())),
        command=" ".join(words),
        steps=(Command(words, Privilege.ROOT),),
    )
