"""The container had the GPU and has lost it.

nvidia-smi says "{said}" though the GPU's device nodes are here: the container was cut off while it
ran.

Finds: inside a container, NVML's "Unknown Error" beside device nodes of GPUs.

Why: where systemd keeps the devices that a container may open, any `systemctl daemon-reload` on the
host writes that list anew, without the GPUs that were added behind its back. Running programs go on
until they open a device again.

Evidence: `surroundings.container`, `driver.smi_error`; also `driver.device_nodes`.

Fix: start the container again. To keep it from coming back, name the devices (`docker run --device
nvidia.com/gpu=all` with CDI, or `--device /dev/nvidia0 --device /dev/nvidiactl --device
/dev/nvidia-uvm`), or let Docker keep its own groups: `"exec-opts":
["native.cgroupdriver=cgroupfs"]` in `/etc/docker/daemon.json`.

False alarms: None known.

References: https://github.com/NVIDIA/nvidia-container-toolkit/issues/48 NVIDIA's notice, with the
environments and the ways around
https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/troubleshooting.html the
same in the documentation https://github.com/NVIDIA/nvidia-container-toolkit/issues/1227 seen on a
GPU node

---

容器原来有 GPU，后来失去了。

nvidia-smi 说 "{said}"，而 GPU 的设备节点还在：容器在运行中被切断。

发现：在容器内，NVML 报告 "Unknown Error"，而 GPU 的设备节点存在。

原因：当由 systemd 管理容器可以打开的设备时，主机上任何一次 `systemctl daemon-reload` 都会重写该列
表，其中没有绕过它加入的 GPU。正在运行的程序直到再次打开设备时才出错。

修复：重新启动容器。要避免再次发生，请明确给出设备（CDI：`docker run --device nvidia.com/gpu=all`，
或 `--device /dev/nvidia0 --device /dev/nvidiactl --device /dev/nvidia-uvm`），
或让 Docker 自己管理：在 `/etc/docker/daemon.json` 中写
`"exec-opts": ["native.cgroupdriver=cgroupfs"]`。

误报：目前没有已知的误报。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_IN_CONTAINER, Verdict, error


def check(case: Case) -> Verdict:
    """Look for NVML's complaint where the nodes are still here."""
    if not case.in_container:
        return NOT_IN_CONTAINER
    said = case.text("driver.smi_error") or ""
    if "Unknown Error" not in said:
        return None
    nodes = [str(row.get("path")) for row in case.records("driver.device_nodes")]
    if case.known("driver.device_nodes") and "/dev/nvidiactl" not in nodes:
        return None
    return error(
        "driver.smi_error", "surroundings.container", "driver.device_nodes", said=said.strip()
    )
