"""The NVIDIA device nodes are closed to this user.

{path} (group {group}, mode {mode}) cannot be opened for reading and writing: CUDA finds no GPU.

Finds: /dev/nvidiactl, /dev/nvidia-uvm or all GPU nodes without permission to read and write.

Why: by default everyone may open them. A driver option (NVreg_ModifyDeviceFiles,
NVreg_DeviceFileGID) or a udev rule can give them to one group; programs of others end with "no
CUDA-capable device" or "Insufficient Permissions".

Evidence: `driver.device_nodes`; also `surroundings.cluster`.

Fix: join the group: `{command}`, then log in again. Or take the option out of `/etc/modprobe.d/`
and reload the driver.

False alarms: a shared machine that opens GPUs to a user only within a job; ask for one there.

References: https://github.com/NVIDIA/nvidia-modprobe who makes the nodes, and with which owner
https://wiki.archlinux.org/title/NVIDIA options of the module

---

当前用户不能打开 NVIDIA 设备节点。

{path}（组 {group}，权限 {mode}）不能读写打开：CUDA 找不到 GPU。

发现：对 /dev/nvidiactl、/dev/nvidia-uvm 或所有 GPU 节点没有读写权限。

原因：默认情况下所有人都能打开。驱动选项（NVreg_ModifyDeviceFiles、NVreg_DeviceFileGID）或 udev 规则
可以只给某个组；其他人的程序会以 "no CUDA-capable device" 或 "Insufficient Permissions" 结束。

修复：加入该组：`{command}`，然后重新登录。或从 `/etc/modprobe.d/` 去掉该选项并重新加载驱动。

误报：共用的机器只在作业中向用户开放 GPU；请在那里申请作业。
"""

from __future__ import annotations

import re
from typing import Final

from bringup.doctor.case import Case, Record
from bringup.doctor.nvidia import steps_of
from bringup.doctor.rule import NO_NVIDIA_GPU, Verdict, error

_NODE: Final = re.compile(r"/dev/nvidia(?:\d+|ctl|-uvm)")
_GPU: Final = re.compile(r"/dev/nvidia\d+")


def check(case: Case) -> Verdict:
    """Look for nodes that we may not open."""
    nodes = [
        row for row in case.records("driver.device_nodes") if _NODE.fullmatch(str(row.get("path")))
    ]
    if not nodes:
        return NO_NVIDIA_GPU
    gpus = [row for row in nodes if _GPU.fullmatch(str(row["path"]))]
    shared = [row for row in nodes if row not in gpus and _closed(row)]
    # Some closed GPUs beside open ones are how a cluster gives them out.
    closed = shared or (gpus if gpus and all(map(_closed, gpus)) else [])
    if not closed:
        return None
    row = closed[0]
    group = str(row.get("group") or "-")
    user = case.variables.get("USER", "$USER")
    join = f"sudo usermod -aG {group} {user}"
    usable = group not in {"root", "-"}
    return error(
        "driver.device_nodes",
        path=row["path"],
        group=group,
        mode=row.get("mode") or "-",
        command=join if usable else f"sudo chmod 0666 {row['path']}",
        steps=steps_of(join, reboot=True) if usable else (),
    )


def _closed(row: Record) -> bool:
    return row.get("readable") is False or row.get("writable") is False
