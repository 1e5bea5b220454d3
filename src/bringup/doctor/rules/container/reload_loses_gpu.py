"""Containers lose the GPU whenever systemd is reloaded.

Docker leaves the devices of containers to systemd, and NVIDIA's toolkit {toolkit} hands GPUs on
behind its back: after `systemctl daemon-reload` programs in containers find none.

Finds: Docker with the cgroup driver systemd under cgroup v2, and a container toolkit before 1.18.

Why: a reload, which every update of packages does, writes the list of allowed devices anew,
without the GPUs. Trainings go on until they open a device again: "Failed to initialize NVML:
Unknown Error".

Evidence: `containers.details`, `containers.nvidia_toolkit`, `gpu.devices`; also
`containers.cdi_specs`, `surroundings.container`.

Fix: upgrade: `{command}`, then start containers with `--runtime=nvidia -e
NVIDIA_VISIBLE_DEVICES=all` or `--device nvidia.com/gpu=all`. Or let Docker keep its own groups:
`"exec-opts": ["native.cgroupdriver=cgroupfs"]` in `/etc/docker/daemon.json` and `sudo systemctl
restart docker`.

False alarms: containers that are given each device node by `--device`, and those given by CDI:
where there is a specification nothing is said.

References: https://github.com/NVIDIA/nvidia-container-toolkit/issues/48 NVIDIA's notice, with the
ways around https://github.com/NVIDIA/nvidia-container-toolkit/pull/910 since 1.18 the runtime
names the devices itself https://github.com/NVIDIA/nvidia-container-toolkit/issues/1744 with
--gpus lost, with --runtime kept

---

每次 systemd 重新加载，容器都会失去 GPU。

Docker 把容器的设备交给 systemd 管理，而 NVIDIA 工具包 {toolkit} 绕过它传递 GPU：运行 `systemctl
daemon-reload` 之后，容器中的程序找不到 GPU。

发现：cgroup v2 下 Docker 的 cgroup 驱动是 systemd，而容器工具包早于 1.18。

原因：每次更新软件包都会重新加载，重写允许设备的列表，其中没有 GPU。训练会一直进行，直到再次打开设
备："Failed to initialize NVML: Unknown Error"。

修复：升级：`{command}`，然后用 `--runtime=nvidia -e NVIDIA_VISIBLE_DEVICES=all` 或 `--device
nvidia.com/gpu=all` 启动容器。或让 Docker 自己管理：在 `/etc/docker/daemon.json` 中写
`"exec-opts": ["native.cgroupdriver=cgroupfs"]`，再运行 `sudo systemctl restart docker`。

误报：用 `--device` 逐个给出设备节点的容器，以及用 CDI 的容器：有规范时不会报告。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.engines import details
from bringup.doctor.nvidia import older, package_manager, steps_of
from bringup.doctor.rule import DRIVER_OF_HOST, NO_ENGINE, NO_NVIDIA_GPU, Verdict, warning

_NAMES_DEVICES: Final = "1.18"
"""Since then the runtime writes the devices into the container's own list."""


def check(case: Case) -> Verdict:
    """Look for the pair that loses GPUs."""
    if case.in_container or case.in_wsl:
        return DRIVER_OF_HOST
    if not case.nvidia_gpus:
        return NO_NVIDIA_GPU
    row = details(case)
    if row.get("cgroup_driver") is None:
        return NO_ENGINE
    toolkit = case.text("containers.nvidia_toolkit")
    managed = row["cgroup_driver"] == "systemd" and str(row.get("cgroup_version")) == "2"
    if not managed or row.get("product", "docker") != "docker" or row.get("rootless"):
        return None
    if not older(toolkit, _NAMES_DEVICES) or case.value("containers.cdi_specs"):
        return None
    words = "install --only-upgrade" if package_manager(case) == "apt" else "upgrade"
    command = f"sudo {package_manager(case)} {words} nvidia-container-toolkit"
    return warning(
        "containers.details",
        "containers.nvidia_toolkit",
        toolkit=toolkit,
        command=command,
        steps=steps_of(command),
    )
