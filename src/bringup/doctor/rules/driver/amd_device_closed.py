"""The device nodes of the AMD GPU are closed to this user.

{path} (group {group}, mode {mode}) cannot be opened for reading and writing: ROCm finds no GPU.

Finds: where ROCm is used, /dev/kfd or all render nodes without permission to read and write.

Why: ROCm computes through /dev/kfd and /dev/dri/renderD*, which belong to the groups render and
video. A user outside them gets "Unable to open /dev/kfd read-write: Permission denied", and torch
says that there is no GPU.

Evidence: `driver.device_nodes`; also `rocm.version`, `env.torch_build`, `driver.pci_gpus`.

Fix: `{command}`, then log in again. In a container give the nodes and their groups: `--device
/dev/kfd --device /dev/dri --group-add video --group-add render`.

False alarms: None known.

References: https://rocm.docs.amd.com/projects/install-on-linux/en/latest/install/prerequisites.html
the groups that a user must be in
https://github.com/ROCm/rocminfo/issues/34 newer systems give the node to render
https://github.com/ollama/ollama/pull/6736 confusing messages for want of the permission

---

当前用户不能打开 AMD GPU 的设备节点。

{path}（组 {group}，权限 {mode}）不能读写打开：ROCm 找不到 GPU。

发现：在使用 ROCm 的机器上，对 /dev/kfd 或所有 render 节点没有读写权限。

原因：ROCm 通过 /dev/kfd 和 /dev/dri/renderD* 计算，它们属于 render 和 video 组。不在组里的用户会看
到 "Unable to open /dev/kfd read-write: Permission denied"，torch 会说没有 GPU。

修复：`{command}`，然后重新登录。在容器中要给出节点和组：`--device /dev/kfd --device /dev/dri
--group-add video --group-add render`。

误报：目前没有已知的误报。
"""

from __future__ import annotations

from bringup.doctor.case import Case, Record
from bringup.doctor.nvidia import steps_of
from bringup.doctor.rule import NO_AMD_GPU, NO_ROCM, Verdict, error


def check(case: Case) -> Verdict:
    """Look for nodes that ROCm needs and we may not open."""
    if not _rocm_is_used(case):
        return NO_ROCM
    nodes = case.records("driver.device_nodes")
    kfd = [row for row in nodes if row.get("path") == "/dev/kfd"]
    if not kfd:
        return NO_AMD_GPU
    render = [row for row in nodes if "/renderD" in str(row.get("path"))]
    # One open render node is enough: the others may be of another maker.
    closed = [row for row in kfd if _closed(row)]
    closed += render if render and all(map(_closed, render)) else []
    if not closed:
        return None
    groups = dict.fromkeys(str(row.get("group") or "render") for row in closed)
    user = case.variables.get("USER", "$USER")
    command = f"sudo usermod -aG {','.join(groups)} {user}"
    row = closed[0]
    return error(
        "driver.device_nodes",
        "rocm.version",
        path=row["path"],
        group=row.get("group") or "-",
        mode=row.get("mode") or "-",
        command=command,
        steps=steps_of(command, reboot=True),
    )


def _rocm_is_used(case: Case) -> bool:
    """Say whether ROCm is here or wanted: a laptop's graphics alone ask for nothing."""
    builds = (case.text("env.torch_build") or "", case.wants.build if case.wants else "")
    installed = case.value("rocm.version") is not None
    return installed or any(build.startswith("rocm") for build in builds)


def _closed(row: Record) -> bool:
    return row.get("readable") is False or row.get("writable") is False
