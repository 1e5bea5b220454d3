"""The GPU's memory had errors that could not be corrected.

GPU {index} ({gpu}) counts {count} uncorrectable memory errors since its driver was loaded.

Finds: a volatile count of uncorrected ECC errors above zero.

Why: the program that met such an error is ended with "uncorrectable ECC error encountered"; until
the GPU is reset others may fail, too. Many of them mean that the memory wears out.

Evidence: `gpu.states`; also `driver.kernel_log`.

Fix: stop its jobs, `{command}`, or reboot: the driver then maps the bad rows out. See
`nvidia-smi -q -d ROW_REMAPPER,ECC`: with "Remapping Failure Occurred: Yes" have the GPU replaced.

False alarms: None known.

References: https://docs.nvidia.com/deploy/a100-gpu-mem-error-mgmt/index.html how errors are
handled, and when to replace a GPU https://docs.nvidia.com/deploy/xid-errors/index.html Xid 48, 63,
64, 94 and 95

---

GPU 显存发生过无法纠正的错误。

GPU {index}（{gpu}）自驱动加载以来有 {count} 个无法纠正的显存错误。

发现：无法纠正的 ECC 错误的易失计数大于零。

原因：遇到这种错误的程序会以 "uncorrectable ECC error encountered" 结束；在 GPU 重置之前，
其他程序也可能失败。错误很多说明显存正在老化。

修复：停止其上的作业，运行 `{command}` 或重启：驱动会重新映射坏行。查看
`nvidia-smi -q -d ROW_REMAPPER,ECC`：若为 "Remapping Failure Occurred: Yes"，请更换 GPU。

误报：目前没有已知的误报。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_NVIDIA_GPU, Verdict, error
from bringup.doctor.steps import Command, Privilege

FOLLOWS = ("DRV017",)
"""The kernel's log tells the same with its kind."""


def check(case: Case) -> Verdict:
    """Look at the counts of uncorrected errors."""
    states = case.records("gpu.states")
    if not states:
        return NO_NVIDIA_GPU
    for row in states:
        count = row.get("ecc_uncorrected")
        if count:
            words = ("sudo", "nvidia-smi", "--gpu-reset", "-i", str(row.get("index", 0)))
            return error(
                "gpu.states",
                index=row.get("index", 0),
                gpu=row.get("name", "GPU"),
                count=count,
                command=" ".join(words),
                steps=(Command(words, Privilege.ROOT),),
            )
    return None
