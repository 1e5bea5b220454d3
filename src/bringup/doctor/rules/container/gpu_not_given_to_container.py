"""The host has a GPU, and this container was not given it.

{gpu} is on the bus, but no device node of it is in this {kind} container; {wanted} wants it.

Finds: inside a container, an NVIDIA GPU of the host without device nodes, where the project's
lock or the installed torch is built for CUDA.

Why: an engine gives a container no GPU unless it is told to. torch then says "No CUDA GPUs are
available" or "Found no NVIDIA driver on your system", and the image looks broken.

Evidence: `surroundings.container`, `driver.device_nodes`, `driver.pci_gpus`; also
`driver.module_version`, `env.torch_cuda`, `gpu.devices`, `variables.set`.

Fix: start the container with the GPU: {command}. In a compose file: `gpus: all`; in Kubernetes:
`nvidia.com/gpu: 1` under the limits.

False alarms: a container that is meant for the CPU though its torch has CUDA inside: then it is a
warning, and a lock for the CPU ends it.

References: https://docs.docker.com/engine/containers/gpu/ how a container gets it
https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/docker-specialized.html
which variables count https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/ limits in
Kubernetes

---

主机有 GPU，但没有交给这个容器。

总线上有 {gpu}，但此 {kind} 容器中没有它的设备节点；而 {wanted} 需要它。

发现：在容器内，主机有 NVIDIA GPU 而没有设备节点，并且项目的锁文件或已安装的 torch 是为 CUDA 构建
的。

原因：除非明确要求，引擎不会把 GPU 交给容器。torch 会说 "No CUDA GPUs are available" 或 "Found no
NVIDIA driver on your system"，看起来像是镜像坏了。

修复：启动容器时给出 GPU：{command}。在 compose 文件中：`gpus: all`；在 Kubernetes 中：在 limits
下写 `nvidia.com/gpu: 1`。

误报：容器本来只用 CPU，而其中的 torch 带有 CUDA：此时只是警告，使用 CPU 的锁文件即可消除。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import card_name, cards
from bringup.doctor.rule import NOT_IN_CONTAINER, Found, Severity, Verdict

_COMMANDS: Final = {
    "podman": "`podman run --device nvidia.com/gpu=all ...`",
    "apptainer": "`apptainer exec --nv ...`",
}


def check(case: Case) -> Verdict:
    """Look for a GPU of the host that has no nodes here."""
    kind = case.text("surroundings.container")
    if kind is None:
        return NOT_IN_CONTAINER
    nodes = [str(row.get("path")) for row in case.records("driver.device_nodes")]
    given = case.nvidia_gpus or any(path.startswith(("/dev/nvidia", "/dev/dxg")) for path in nodes)
    held = [row for row in cards(case) if row.get("driver") == "nvidia"]
    if given or not held:
        return None
    locked = case.wants is not None and case.wants.build.startswith("cu")
    torch = case.text("env.torch_cuda")
    if not locked and (case.wants is not None or torch is None):
        return None
    wanted = case.wants.build if locked and case.wants else f"torch (CUDA {torch})"
    values = {
        "gpu": card_name(held[0]),
        "kind": kind,
        "wanted": wanted,
        "command": _COMMANDS.get(kind, "`docker run --gpus all ...`"),
    }
    severity = Severity.ERROR if locked else Severity.WARNING
    return Found(severity, values, ("driver.pci_gpus", "driver.device_nodes"))
