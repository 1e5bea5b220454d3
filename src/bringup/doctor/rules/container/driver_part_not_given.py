"""The container has the GPU, and not the part of the driver that CUDA needs.

NVIDIA_DRIVER_CAPABILITIES={value} asks for no compute: the device nodes are here, libcuda is not.

Finds: inside a container with NVIDIA device nodes, no libcuda, and NVIDIA_DRIVER_CAPABILITIES
without compute or all.

Why: the toolkit mounts only those parts of the driver that the variable names. Images made for
graphics or video set it. CUDA programs then end with "libcuda.so.1: cannot open shared object
file", though nvidia-smi may work.

Evidence: `surroundings.container`, `variables.set`, `driver.libcuda_paths`,
`driver.device_nodes`.

Fix: start the container with `-e NVIDIA_DRIVER_CAPABILITIES=compute,utility`, or write it into
the image: `ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility`.

False alarms: a container for graphics alone.

References:
https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/docker-specialized.html
which part brings which libraries

---

容器有 GPU，但没有 CUDA 所需的驱动部分。

NVIDIA_DRIVER_CAPABILITIES={value} 没有请求 compute：设备节点存在，而 libcuda 不存在。

发现：在有 NVIDIA 设备节点的容器内，没有 libcuda，且 NVIDIA_DRIVER_CAPABILITIES 中没有 compute 或
all。

原因：工具包只挂载该变量列出的驱动部分。用于图形或视频的镜像会设置它。CUDA 程序会以 "libcuda.so.1:
cannot open shared object file" 结束，而 nvidia-smi 可能正常。

修复：启动容器时加上 `-e NVIDIA_DRIVER_CAPABILITIES=compute,utility`，或写入镜像：`ENV
NVIDIA_DRIVER_CAPABILITIES=compute,utility`。

误报：只用于图形的容器。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_IN_CONTAINER, Verdict, error


def check(case: Case) -> Verdict:
    """Look for nodes without libcuda, and for the variable that says why."""
    if not case.in_container:
        return NOT_IN_CONTAINER
    value = case.variables.get("NVIDIA_DRIVER_CAPABILITIES", "")
    nodes = [str(row.get("path")) for row in case.records("driver.device_nodes")]
    parts = {part.strip() for part in value.split(",")}
    # Unset means compute and utility.
    if not value or parts & {"compute", "all"} or "/dev/nvidiactl" not in nodes:
        return None
    if case.value("driver.libcuda_paths"):
        return None
    return error("variables.set", "driver.libcuda_paths", "driver.device_nodes", value=value)
