"""A server with many GPUs lets its driver go to sleep between programs.

All {count} GPUs are without persistence mode and nvidia-persistenced does not run: each program
that comes first waits until the driver has set up all GPUs again.

Finds: at least four NVIDIA GPUs without a screen, none in persistence mode, and no running
nvidia-persistenced.

Why: without a client the driver takes the state of a GPU down, and building it up again takes a
second or more per GPU. With many GPUs programs and nvidia-smi start slowly, health checks run into
their time limits, and counters of errors start at zero each time.

Evidence: `gpu.states`; also `driver.persistence_daemon`, `surroundings.container`.

Fix: `{command}`. `sudo nvidia-smi -pm 1` does it until the next reboot.

False alarms: a machine where something else keeps the GPUs awake all the time, a monitor for
instance; then it costs nothing.

References: https://docs.nvidia.com/deploy/driver-persistence/index.html what the daemon is for

---

多 GPU 服务器让驱动在程序之间休眠。

{count} 个 GPU 都没有开启持久模式，nvidia-persistenced 也没有运行：每次第一个启动的程序都要等驱动重
新初始化所有 GPU。

发现：至少四个没有接显示器的 NVIDIA GPU，都没有开启持久模式，nvidia-persistenced 也没有运行。

原因：没有程序使用时，驱动会释放 GPU 的状态，重新建立时每个 GPU 要一秒或更久。GPU 多时，
程序和 nvidia-smi 启动很慢，健康检查会超时，错误计数每次从零开始。

修复：`{command}`。`sudo nvidia-smi -pm 1` 只在下次重启之前有效。

误报：有别的程序（例如监控）一直在使用 GPU；这时没有影响。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import driver_is_elsewhere
from bringup.doctor.rule import DRIVER_OF_HOST, NO_NVIDIA_GPU, NOT_LINUX, Verdict, warning
from bringup.doctor.steps import Command, Privilege

_MANY: Final = 4
"""With fewer GPUs the wait is a moment, and many healthy machines live with it."""
_START: Final = ("sudo", "systemctl", "enable", "--now", "nvidia-persistenced")


def check(case: Case) -> Verdict:
    """Look for a server whose GPUs all fall asleep."""
    if driver_is_elsewhere(case):
        return DRIVER_OF_HOST
    if not case.linux:
        return NOT_LINUX
    states = case.records("gpu.states")
    if not states:
        return NO_NVIDIA_GPU
    asleep = [row for row in states if row.get("persistence") is False]
    screen = any(row.get("display") for row in states)
    running = case.text("driver.persistence_daemon") == "active"
    if len(states) < _MANY or len(asleep) < len(states) or screen or running:
        return None
    return warning(
        "gpu.states",
        "driver.persistence_daemon",
        count=len(states),
        command=" ".join(_START),
        steps=(Command(_START, Privilege.ROOT),),
    )
