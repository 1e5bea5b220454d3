"""The processor is held at its lowest frequency.

The governor is powersave with the driver {driver}: the cores stay at their lowest frequency.

Finds: the general governor powersave. With intel_pstate and amd-pstate-epp the same name means a
governor that follows the load, which is well.

Why: loading and preparing data takes two to four times as long, and the GPU waits. Servers and
boards come up so after a change of power profile, with tlp, or from an old rc.local.

Evidence: `cpu.governor`; also `cpu.model`, `surroundings.vm`.

Fix: `sudo cpupower frequency-set -g schedutil` (or `performance`), and set the profile that stays:
`powerprofilesctl set balanced`, or `tuned-adm profile throughput-performance`.

False alarms: a machine that is to save power on purpose, such as a laptop on battery.

References: https://docs.kernel.org/admin-guide/pm/cpufreq.html what the general governors do
https://docs.kernel.org/admin-guide/pm/intel_pstate.html powersave of intel_pstate follows the load
https://docs.kernel.org/admin-guide/pm/amd-pstate.html the modes of amd-pstate

---

处理器被固定在最低频率。

调速器为 powersave，驱动为 {driver}：核心始终停留在最低频率。

发现：通用的 powersave 调速器。在 intel_pstate 和 amd-pstate-epp 下，同名的调速器会随负载变化，没有
问题。

原因：加载和准备数据需要两到四倍的时间，GPU 只能等待。更改电源方案之后、使用 tlp 或旧的 rc.local
时，服务器和开发板会变成这样。

修复：`sudo cpupower frequency-set -g schedutil`（或 `performance`），并设置持久的方
案：`powerprofilesctl set balanced` 或 `tuned-adm profile throughput-performance`。

误报：有意省电的机器，例如使用电池的笔记本电脑。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning
from bringup.doctor.steps import Command, Privilege

_FOLLOWS_LOAD = {"intel_pstate", "amd-pstate-epp", "amd_pstate_epp"}
"""Drivers with a governor of their own behind the name powersave."""
_SCHEDUTIL = ("sudo", "cpupower", "frequency-set", "-g", "schedutil")


def check(case: Case) -> Verdict:
    """Find the general governor powersave."""
    governor, _, driver = (case.text("cpu.governor") or "").partition("/")
    if governor != "powersave" or not driver or driver in _FOLLOWS_LOAD:
        return None
    steps = () if case.in_container else (Command(_SCHEDUTIL, Privilege.ROOT),)
    return warning("cpu.governor", "cpu.model", steps=steps, driver=driver)
