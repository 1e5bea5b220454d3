"""The driver's libraries and the loaded kernel module are of different versions.

The loaded kernel module is {module}, the libraries on disk are {library}: the driver refuses
every program until both are the same.

Finds: a loaded nvidia module whose version differs from that of libcuda and libnvidia-ml on disk.

Why: an upgrade of the driver's packages, often an unattended one, replaces the files at once, but
the old module stays in the kernel. NVML and CUDA then end with "Driver/library version mismatch".

Evidence: `driver.module_version`, `driver.library_version`; also `driver.smi_error`,
`gpu.states`.

Fix: reboot. Without a reboot: stop what uses the GPUs, then `sudo rmmod nvidia_uvm nvidia_drm
nvidia_modeset nvidia && sudo modprobe nvidia`. To keep it from coming back, hold the driver's
packages out of unattended upgrades.

False alarms: files of another version lie beside those that are used. Where nvidia-smi works,
nothing is said.

References: https://docs.nvidia.com/deploy/driver-persistence/index.html the module stays loaded as
long as a client holds it
https://github.com/mozilla/translations/issues/1167 more than 50 restarts of jobs for this

---

驱动程序的库与已加载的内核模块版本不同。

已加载的内核模块是 {module}，磁盘上的库是 {library}：两者一致之前，驱动会拒绝所有程序。

发现：已加载的 nvidia 模块的版本与磁盘上 libcuda 和 libnvidia-ml 的版本不同。

原因：升级驱动软件包（常常是无人值守升级）会立即替换文件，而旧模块仍留在内核中。
此时 NVML 和 CUDA 会以 "Driver/library version mismatch" 结束。

修复：重启。不重启的话：先停止使用 GPU 的程序，再运行 `sudo rmmod nvidia_uvm nvidia_drm
nvidia_modeset nvidia && sudo modprobe nvidia`。要避免再次发生，请把驱动软件包排除在自动升级之外。

误报：所用文件旁边还有其他版本的文件。nvidia-smi 能工作时不会报告。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import driver_works
from bringup.doctor.rule import NO_NVIDIA_GPU, Verdict, error
from bringup.doctor.steps import Command, Privilege

FOLLOWS = ("DRV019",)
"""With packages of two versions a reboot does not help."""
_COMPLAINT = "driver/library version mismatch"


def check(case: Case) -> Verdict:
    """Compare the module's version with the libraries'."""
    module = case.text("driver.module_version")
    library = case.text("driver.library_version")
    # Where files do not tell, as in a container, the driver's own complaint does.
    told = _COMPLAINT in (case.text("driver.smi_error") or "").lower()
    if (module is None or library is None) and not told:
        return NO_NVIDIA_GPU if not case.nvidia_on_bus else None
    if driver_works(case) or (module == library and not told):
        return None
    return error(
        "driver.module_version",
        "driver.library_version",
        "driver.smi_error",
        module=module or "?",
        library=library or "?",
        steps=(Command(("sudo", "reboot"), Privilege.ROOT, reboot=True),),
    )
