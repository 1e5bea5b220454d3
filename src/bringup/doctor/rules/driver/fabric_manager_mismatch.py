"""The fabric manager is of another version than the driver.

The fabric manager is {manager}, the driver {driver}: it refuses to start, and CUDA ends with
"system not yet initialized" (error 802).

Finds: NVSwitches on the PCI bus, and a fabric manager whose version is not exactly that of the
loaded driver.

Why: the fabric manager talks to the driver of its own version only. An upgrade of one package
without the other, or before the reboot, parts them.

Evidence: `driver.nvswitch`, `driver.fabric_manager_version`, `driver.module_version`; also
`driver.fabric_manager`.

Fix: install the fabric manager of version {driver}: `{command}`, then
`sudo systemctl restart nvidia-fabricmanager`. Hold both packages together.

False alarms: None known.

References: https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html its
version must be the driver's
https://github.com/aws-samples/aws-deep-learning-ami-ubuntu-dcv-desktop/issues/33 error 802 without
it

---

fabric manager 与驱动的版本不同。

fabric manager 为 {manager}，驱动为 {driver}：它会拒绝启动，CUDA 以 "system not yet initialized"
（错误 802）结束。

发现：PCI 总线上有 NVSwitch，而 fabric manager 的版本与已加载的驱动不完全相同。

原因：fabric manager 只与同版本的驱动通信。只升级其中一个软件包，或升级后还没有重启，都会使二者不
同。

修复：安装 {driver} 版本的 fabric manager：`{command}`，再运行
`sudo systemctl restart nvidia-fabricmanager`。请把两个软件包一起固定版本。

误报：目前没有已知的误报。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import package_manager, version_of
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVSWITCH, Verdict, error
from bringup.doctor.steps import Command, Privilege

FOLLOWS = ("DRV003",)


def check(case: Case) -> Verdict:
    """Compare the fabric manager's version with that of the loaded driver."""
    if case.in_container:
        return DRIVER_OF_HOST
    if not case.value("driver.nvswitch"):
        return NO_NVSWITCH
    manager = case.text("driver.fabric_manager_version")
    driver = case.text("driver.module_version")
    one, other = version_of(manager), version_of(driver)
    if one is None or other is None or one == other:
        return None
    manager_of_system = package_manager(case)
    name = f"nvidia-fabricmanager-{other.major}={driver}-*"
    if manager_of_system == "dnf":
        name = f"nvidia-fabricmanager-{driver}"
    words = ("sudo", manager_of_system, "install", name)
    return error(
        "driver.fabric_manager_version",
        "driver.module_version",
        manager=manager,
        driver=driver,
        command=" ".join(words),
        steps=(Command(words, Privilege.ROOT),),
    )
