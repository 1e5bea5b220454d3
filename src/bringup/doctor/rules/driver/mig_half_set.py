"""MIG is set halfway: on without instances, or waiting for a reset.

MIG on GPU {index} ({gpu}): {state}.

Finds: a GPU with MIG switched on and no MIG device, or whose MIG mode will change with the next
reset.

Why: with MIG on, CUDA uses MIG devices only; without one a program finds no GPU, though nvidia-smi
lists it. A changed mode counts only after the GPU was reset.

Evidence: `gpu.states`.

Fix: `{command}`. MIG devices are made with `sudo nvidia-smi mig -i {index} -cgi 9,9 -C` (the
profiles are listed by `nvidia-smi mig -lgip`); to do without MIG: `sudo nvidia-smi -i {index} -mig
0`.

False alarms: a GPU whose MIG devices are made on demand by a scheduler or an operator.

References: https://docs.nvidia.com/datacenter/tesla/mig-user-guide/index.html modes, instances,
reset

---

MIG 只设置了一半：已开启却没有实例，或在等待重置。

GPU {index}（{gpu}）的 MIG：{state}。

发现：GPU 开启了 MIG 却没有 MIG 设备，或其 MIG 模式要到下次重置才会改变。

原因：开启 MIG 后，CUDA 只使用 MIG 设备；没有设备时程序找不到 GPU，尽管 nvidia-smi 会列出它。
模式改变后，要重置 GPU 才有效。

修复：`{command}`。MIG 设备用 `sudo nvidia-smi mig -i {index} -cgi 9,9 -C` 创建
（`nvidia-smi mig -lgip` 列出可用的规格）；不使用 MIG：`sudo nvidia-smi -i {index} -mig 0`。

误报：由调度器或 operator 按需创建 MIG 设备的 GPU。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_NVIDIA_GPU, Verdict, error, warning
from bringup.doctor.steps import Command, Privilege


def check(case: Case) -> Verdict:
    """Look for a mode that waits, and for a mode without devices."""
    states = case.records("gpu.states")
    if not states:
        return NO_NVIDIA_GPU
    for row in states:
        current, pending = row.get("mig_current"), row.get("mig_pending")
        index = row.get("index", 0)
        values = {"index": index, "gpu": row.get("name", "GPU")}
        if isinstance(current, bool) and isinstance(pending, bool) and current is not pending:
            state = f"current={_switch(current)}, pending={_switch(pending)}"
            steps = _step("--gpu-reset", "-i", str(index))
            return warning(
                "gpu.states", steps=steps, state=state, command=" ".join(steps[0].argv), **values
            )
        if current and row.get("mig_devices") == 0:
            steps = _step("-i", str(index), "-mig", "0")
            state = "current=on, devices=0"
            return error(
                "gpu.states", steps=steps, state=state, command=" ".join(steps[0].argv), **values
            )
    return None


def _switch(on: bool) -> str:
    return "on" if on else "off"


def _step(*options: str) -> tuple[Command]:
    return (Command(("sudo", "nvidia-smi", *options), Privilege.ROOT),)
