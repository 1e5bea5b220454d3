"""The installed NVIDIA driver no longer supports this GPU.

{gpu} ({architecture}) is supported up to driver branch {branch}, here is {driver}: the driver does
not see it.

Finds: an NVIDIA GPU on the bus whose generation's last driver branch is older than the driver.

Why: NVIDIA drops generations: Kepler after branch 470; Maxwell, Pascal and Volta after branch 580.
An upgrade of the driver then leaves a machine without its GPU; the kernel's log names the legacy
branch.

Evidence: `driver.pci_gpus`; also `driver.module_version`, `driver.library_version`,
`driver.module_files`, `driver.packages`, `driver.kernel_log`, `os.name`.

Fix: go back to branch {branch} and hold it there: `{command}`, then reboot. For torch take a build
for CUDA 12.6 or older.

False alarms: None known.

References:
https://archlinux.org/news/nvidia-590-driver-drops-pascal-support-main-packages-switch-to-open-kernel-modules/
Pascal lost with an upgrade to 590 https://docs.nvidia.com/datacenter/tesla/drivers/index.html
branches and their GPUs

---

已安装的 NVIDIA 驱动不再支持此 GPU。

{gpu}（{architecture}）最后受支持的驱动分支是 {branch}，这里是 {driver}：驱动看不到它。

发现：总线上有 NVIDIA GPU，其一代的最后驱动分支比已安装的驱动旧。

原因：NVIDIA 会停止支持旧一代：470 分支之后是 Kepler，580 分支之后是 Maxwell、Pascal 和 Volta。
升级驱动后机器就失去了 GPU；内核日志会指出旧分支。

修复：退回 {branch} 分支并固定在那里：`{command}`，然后重启。torch 请使用 CUDA 12.6 或更旧的构建。

误报：目前没有已知的误报。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import (
    card_capability,
    card_name,
    cards,
    driver_is_elsewhere,
    driver_version,
    steps_of,
    version_of,
)
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVIDIA_GPU, Verdict, error
from bringup.knowledge.cuda import Architecture, architecture_of


def check(case: Case) -> Verdict:
    """Hold the driver's branch against the last one of each GPU's generation."""
    if driver_is_elsewhere(case):
        return DRIVER_OF_HOST
    found = cards(case)
    if not found:
        return NO_NVIDIA_GPU
    driver = version_of(driver_version(case))
    if driver is None:
        return None
    for row in found:
        architecture = _architecture(str(card_capability(row) or ""))
        branch = architecture.last_driver_branch if architecture else None
        if architecture is None or branch is None or driver.major <= int(branch):
            continue
        name = (case.text("os.name") or "").lower()
        ubuntu = f"sudo apt install nvidia-driver-{branch}"
        command = ubuntu if "ubuntu" in name else f"sudo sh NVIDIA-Linux-*-{branch}.*.run"
        return error(
            "driver.pci_gpus",
            "driver.module_version",
            "driver.library_version",
            gpu=card_name(row),
            architecture=architecture.name,
            branch=branch,
            driver=driver_version(case),
            command=command,
            steps=steps_of(command, reboot=True),
        )
    return None


def _architecture(capability: str) -> Architecture | None:
    return architecture_of(capability) if capability else None
