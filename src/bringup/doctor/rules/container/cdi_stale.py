"""The CDI specification names a driver that is gone.

{path} names the files of driver {cdi}, the driver is {driver}: containers that ask for the GPU by
CDI do not start.

Finds: one CDI specification for NVIDIA, whose libraries carry another version than the installed
driver.

Why: the specification lists the driver's files by name. An upgrade replaces them, and a
specification that was written by hand stays. The engine then ends with "failed to stat ...
libcuda.so" or "no such file or directory".

Evidence: `containers.cdi_driver`, `containers.cdi_specs`; also `driver.library_version`,
`gpu.nvidia_driver`.

Fix: `{command}`. From NVIDIA's container toolkit 1.18 on `sudo systemctl enable --now
nvidia-cdi-refresh.path` keeps it fresh.

False alarms: several specifications, of which a fresh one wins; then nothing is said.

References:
https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/cdi-support.html after an
upgrade write it anew https://github.com/podman-container-tools/podman/issues/23935 libraries of
the old version https://github.com/NVIDIA/nvidia-container-toolkit/issues/856 after each update

---

CDI 规范指向已经不存在的驱动。

{path} 列出的是驱动 {cdi} 的文件，而驱动是 {driver}：通过 CDI 请求 GPU 的容器无法启动。

发现：只有一个 NVIDIA 的 CDI 规范，其中的库与已安装驱动的版本不同。

原因：规范按名称列出驱动的文件。升级会替换这些文件，而手工生成的规范保持不变。引擎会以 "failed to
stat ... libcuda.so" 或 "no such file or directory" 结束。

修复：`{command}`。从 NVIDIA 容器工具包 1.18 起，`sudo systemctl enable --now
nvidia-cdi-refresh.path` 会保持其更新。

误报：有多个规范而较新的那个生效；此时不会报告。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import steps_of, version_of
from bringup.doctor.rule import NO_ENGINE, Verdict, error

FOLLOWS = ("DRV003",)
"""Until the loaded module fits the libraries, no specification helps."""

_OLDEST_DRIVER: Final = 300
"""Jetson and WSL have a libcuda.so.1.1, whose number is none of a driver."""


def check(case: Case) -> Verdict:
    """Compare the driver of the specification with the one on disk."""
    cdi = version_of(case.text("containers.cdi_driver"))
    specs = [str(path) for path in case.value("containers.cdi_specs") or ()]
    ours = [path for path in specs if "nvidia" in path]
    if not ours:
        return NO_ENGINE
    known = case.text("driver.library_version") or case.text("gpu.nvidia_driver")
    driver = version_of(known)
    # A later folder wins over an earlier one, and the probe reads one of them.
    if cdi is None or driver is None or len(ours) > 1 or cdi.major < _OLDEST_DRIVER:
        return None
    if cdi == driver or case.in_container:
        return None
    command = f"sudo nvidia-ctk cdi generate --output={ours[0]}"
    return error(
        "containers.cdi_driver",
        "driver.library_version",
        "gpu.nvidia_driver",
        path=ours[0],
        cdi=case.text("containers.cdi_driver"),
        driver=known,
        command=command,
        steps=steps_of(command),
    )
