"""The GPU is slowed down by heat or by its power supply.

GPU {index} ({gpu}) is at {temperature} degrees C and slows down: {reasons}.

Finds: slowdown of the hardware, by heat or by the power brake, now. The limit of its own power
(sw_power_cap), under which every busy GPU works, is no finding.

Why: training then runs at a fraction of the speed, steps differ in length, and ranks wait for the
slowest GPU.

Evidence: `gpu.states`.

Fix: see `nvidia-smi -q -d PERFORMANCE,TEMPERATURE,POWER`. Heat: free the air's way, clean or raise
the fans, keep the room cool. Power brake: check the power cables and supplies; on a laptop plug in
its own adapter.

False alarms: a laptop on its battery brakes on purpose.

References: https://docs.nvidia.com/deploy/nvml-api/group__nvmlClocksEventReasons.html what each
reason means
https://github.com/NVIDIA/open-gpu-kernel-modules/issues/507 heat and power as the causes of worse

---

GPU 因过热或供电而降速。

GPU {index}（{gpu}）温度为 {temperature} 摄氏度，正在降速：{reasons}。

发现：当前有因过热或供电制动引起的硬件降速。自身的功率上限（sw_power_cap）是满负荷 GPU 的常态，不报
告。

原因：训练速度会大大降低，每步时间不一，其他 rank 要等待最慢的 GPU。

修复：查看 `nvidia-smi -q -d PERFORMANCE,TEMPERATURE,POWER`。过热：保持风道畅通，清洁或提高风扇转
速，降低室温。供电制动：检查供电线和电源；笔记本请接上原装电源。

误报：使用电池的笔记本会有意降速。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_NVIDIA_GPU, Verdict, warning

_BAD: Final = frozenset(
    {
        "hw_slowdown",
        "hw_thermal_slowdown",
        "hw_power_brake_slowdown",
        "sw_thermal_slowdown",
    }
)


def check(case: Case) -> Verdict:
    """Look for reasons that are no everyday ones."""
    states = case.records("gpu.states")
    if not states:
        return NO_NVIDIA_GPU
    for row in states:
        reasons = [str(one) for one in row.get("throttle_reasons") or () if one in _BAD]
        if reasons:
            temperature = row.get("temperature_c")
            return warning(
                "gpu.states",
                index=row.get("index", 0),
                gpu=row.get("name", "GPU"),
                temperature="?" if temperature is None else temperature,
                reasons=", ".join(reasons),
            )
    return None
