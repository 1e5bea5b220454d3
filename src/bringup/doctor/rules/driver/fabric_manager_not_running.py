"""This machine has NVSwitches, but the fabric manager does not run.

The fabric manager is {state}: until it has set up the NVSwitches, CUDA ends with "system not yet
initialized" (error 802), though nvidia-smi lists all GPUs.

Finds: NVSwitches on the PCI bus, a loaded driver, and a fabric manager that is not installed,
stopped or failed.

Why: on HGX and DGX machines (A100, H100, H200 with NVSwitch) the GPUs are ready for CUDA only when
the fabric manager has joined them.

Evidence: `driver.nvswitch`, `driver.fabric_manager`; also `driver.modules`,
`driver.module_version`.

Fix: install the fabric manager of the driver's own version and start it: `{command}`. See why it
failed with `journalctl -u nvidia-fabricmanager`.

False alarms: the fabric manager runs elsewhere: in the GPU operator's driver container, or on the
host of this virtual machine.

References: https://docs.nvidia.com/datacenter/tesla/fabric-manager-user-guide/index.html what it
does, and how it is installed https://github.com/pytorch/pytorch/issues/35710 error 802, solved by
starting it https://github.com/aws-samples/aws-deep-learning-ami-ubuntu-dcv-desktop/issues/33 an
image without it

---

本机有 NVSwitch，但 fabric manager 没有运行。

fabric manager 的状态：{state}。在它配置好 NVSwitch 之前，CUDA 会以 "system not yet initialized"
（错误 802）结束，尽管 nvidia-smi 能列出所有 GPU。

发现：PCI 总线上有 NVSwitch，驱动已加载，而 fabric manager 没有安装、已停止或失败。

原因：在 HGX 和 DGX 机器上（带 NVSwitch 的 A100、H100、H200），fabric manager 连接好各 GPU 之后
才能使用 CUDA。

修复：安装与驱动版本相同的 fabric manager 并启动：`{command}`。失败的原因用
`journalctl -u nvidia-fabricmanager` 查看。

误报：fabric manager 在别处运行：GPU operator 的驱动容器中，或此虚拟机的主机上。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import module_loaded, package_manager, version_of
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVSWITCH, Verdict, error
from bringup.doctor.steps import Command, Privilege

FOLLOWS = ("DRV009", "DRV003")
"""It does not start beside a driver of another version."""

_UNIT: Final = "nvidia-fabricmanager"
_START: Final = ("sudo", "systemctl", "enable", "--now", _UNIT)


def check(case: Case) -> Verdict:
    """Look for switches that nobody sets up."""
    if case.in_container:
        return DRIVER_OF_HOST
    if not case.value("driver.nvswitch"):
        return NO_NVSWITCH
    state = case.text("driver.fabric_manager")
    if state == "active" or not module_loaded(case):
        return None
    commands: list[tuple[str, ...]] = [_START]
    if state is None:
        driver = version_of(case.text("driver.module_version"))
        name = _UNIT if driver is None else f"{_UNIT}-{driver.major}"
        commands.insert(0, ("sudo", package_manager(case), "install", name))
    return error(
        "driver.nvswitch",
        "driver.fabric_manager",
        state=state or "not installed",
        command=" && ".join(" ".join(words) for words in commands),
        steps=tuple(Command(words, Privilege.ROOT) for words in commands),
    )
