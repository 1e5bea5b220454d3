"""The kernel's log holds errors that point at failing GPU hardware.

The driver logged Xid {xid} ({meaning}): {entry}

Finds: Xid messages of the kinds that come from the hardware: memory errors that could not be
corrected, a GPU that fell off the bus, NVLink and firmware faults.

Why: programs on that GPU end with "uncorrectable ECC error", "unspecified launch failure" or hang,
now and again until the GPU is reset or replaced. Xids that programs cause themselves (13, 31, 43,
45) are left out.

Evidence: `driver.kernel_log`; also `gpu.states`.

Fix: stop the jobs on that GPU and reset it (`sudo nvidia-smi --gpu-reset -i N`) or reboot. If it
comes back: check power, temperature and seat, run `dcgmi diag -r 3`, and have the GPU replaced. Xid
79 is most often power, heat or the slot.

False alarms: a GPU that was replaced or reset since; the log keeps its lines until the next reboot.

References: https://docs.nvidia.com/deploy/xid-errors/index.html what each Xid means, and what to do
https://github.com/NVIDIA/open-gpu-kernel-modules/issues/507 Xid 79: heat, power, firmware

---

内核日志中有指向 GPU 硬件故障的错误。

驱动记录了 Xid {xid}（{meaning}）：{entry}

发现：来自硬件的 Xid 记录：无法纠正的内存错误、GPU 从总线上掉线、NVLink 和固件故障。

原因：该 GPU 上的程序会以 "uncorrectable ECC error"、"unspecified launch failure" 结束或挂起，
在 GPU 重置或更换之前会反复出现。由程序自己引起的 Xid（13、31、43、45）不算在内。

修复：停止该 GPU 上的作业并重置它（`sudo nvidia-smi --gpu-reset -i N`）或重启。如果再次出现：
检查供电、温度和安插情况，运行 `dcgmi diag -r 3`，并更换 GPU。Xid 79 多半是供电、过热或插槽的问题。

误报：GPU 已经更换或重置；日志中的记录会保留到下次重启。
"""

from __future__ import annotations

import re
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, error

_XID: Final = re.compile(r"Xid \([^)]*\): (\d+)")
_OFF_THE_BUS: Final = re.compile(r"fallen off the bus", re.IGNORECASE)
_HARDWARE: Final = {
    48: "double bit ECC error",
    62: "internal micro-controller halt",
    64: "row remapping failed",
    74: "NVLink error",
    79: "GPU has fallen off the bus",
    95: "uncontained ECC error",
    109: "context switch timeout",
    119: "GSP RPC timeout",
    120: "GSP error",
    140: "unrecovered ECC error",
    143: "GPU initialization error",
}
"""Xids that NVIDIA's catalogue answers with a reset or a check of the hardware, in its words."""


def check(case: Case) -> Verdict:
    """Look for the newest line of the kinds that come from the hardware."""
    for line in reversed(case.value("driver.kernel_log") or ()):
        match = _XID.search(str(line))
        number = int(match[1]) if match else 79 if _OFF_THE_BUS.search(str(line)) else 0
        if number in _HARDWARE:
            return error(
                "driver.kernel_log", xid=number, meaning=_HARDWARE[number], entry=str(line).strip()
            )
    return None
