"""Secure Boot does not let the kernel load the NVIDIA module.

Secure Boot is on, and the nvidia module is installed but not loaded. The kernel's log: {said}

Finds: Secure Boot, no loaded nvidia module, and a line of the kernel's log that rejects a module;
where the log cannot be read, a module for this kernel that is not loaded.

Why: under Secure Boot the kernel loads only modules signed with a key that the firmware trusts.
DKMS signs with a key of this machine, which counts only after it was enrolled; modprobe ends with
"Key was rejected by service".

Evidence: `driver.secure_boot`, `driver.modules`, `driver.pci_gpus`; also `driver.kernel_log`,
`driver.module_files`.

Fix: enrol the key that signs the modules: `{command}`, choose a password, reboot, and confirm
with "Enroll MOK" in the blue screen before the system starts. Or install the distribution's signed
modules (Ubuntu: `linux-modules-nvidia-*`), or switch Secure Boot off in the firmware.

False alarms: the log cannot be read and the module is kept from loading by a blacklist.

References: https://wiki.ubuntu.com/UEFI/SecureBoot/Signing how modules are signed
https://github.com/linux-surface/linux-surface/issues/906 DKMS modules, nvidia among them, rejected
https://github.com/NVIDIA/gpu-driver-container/issues/44 the same with the driver in a container

---

安全启动不允许内核加载 NVIDIA 模块。

安全启动已开启，nvidia 模块已安装却没有加载。内核日志：{said}

发现：安全启动已开启，nvidia 模块没有加载，内核日志中有拒绝模块的记录；读不到日志时，
当前内核的模块存在却没有加载。

原因：安全启动下，内核只加载用固件信任的密钥签名的模块。DKMS 使用本机的密钥签名，
该密钥登记之后才有效；否则 modprobe 以 "Key was rejected by service" 结束。

修复：登记签名所用的密钥：`{command}`，设置密码，重启，并在系统启动前的蓝色界面中选择
"Enroll MOK" 确认。也可以安装发行版已签名的模块（Ubuntu：`linux-modules-nvidia-*`），
或在固件中关闭安全启动。

误报：读不到日志，而模块其实是被黑名单禁止加载的。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import (
    cards,
    driver_is_elsewhere,
    in_log,
    module_for_this_kernel,
    module_loaded,
    steps_of,
)
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVIDIA_GPU, Verdict, error

_REJECTED: Final = (
    r"key was rejected|required key not available|loading of (?:unsigned module|module with "
    r"unavailable key)|unsigned module loading is restricted|signature not signed with a trusted"
)
_KEYS: Final = {
    "ubuntu": "sudo mokutil --import /var/lib/shim-signed/mok/MOK.der",
    "fedora": "sudo mokutil --import /etc/pki/akmods/certs/public_key.der",
}
_DKMS_KEY: Final = "sudo mokutil --import /var/lib/dkms/mok.pub"


def check(case: Case) -> Verdict:
    """Look for a module that the kernel refused, or that is there and not loaded."""
    if driver_is_elsewhere(case):
        return DRIVER_OF_HOST
    if not cards(case):
        return NO_NVIDIA_GPU
    if not case.value("driver.secure_boot") or module_loaded(case):
        return None
    line = in_log(case, _REJECTED)
    if line is None and not _only_reason(case):
        return None
    name = (case.text("os.name") or "").lower()
    command = next((text for word, text in _KEYS.items() if word in name), _DKMS_KEY)
    return error(
        "driver.secure_boot",
        "driver.kernel_log",
        "driver.modules",
        "driver.module_files",
        said=line or "-",
        command=command,
        steps=steps_of(command, reboot=True),
    )


def _only_reason(case: Case) -> bool:
    """Say whether nothing but Secure Boot is left as a reason; the log would tell."""
    nouveau = "nouveau" in (case.value("driver.modules") or ())
    unread = not case.known("driver.kernel_log")
    return unread and module_for_this_kernel(case) and not nouveau
