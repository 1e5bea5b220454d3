"""The GPU uses a small part of its PCIe lanes.

GPU {index} ({gpu}) runs with {width} of {most} lanes: copies to and from it are slow.

Finds: a quarter or less of the lanes that GPU and slot could use, on a GPU that a program uses,
outside virtual machines. The generation of the link is not looked at, nor the lanes of an idle GPU:
both go down to save power.

Why: a card that is not seated well, a riser, a slot with fewer lanes than it looks, or dirt on the
contacts. Loading data and collectives over PCIe run at a fraction of the speed.

Evidence: `gpu.states`, `gpu.processes`; also `surroundings.vm`.

Fix: shut down, seat the card anew, take out risers, try another slot; look in the firmware for how
lanes are shared between slots. `sudo lspci -vv` shows LnkCap (could) and LnkSta (is).

False alarms: a GPU outside the case (Thunderbolt, OCuLink), which has four lanes by design.

References: https://docs.nvidia.com/deploy/nvidia-smi/index.html pcie.link.width.current and max

---

GPU 只使用了很少的 PCIe 通道。

GPU {index}（{gpu}）在 {most} 条通道中只用了 {width} 条：与它之间的数据复制很慢。

发现：在虚拟机之外，有程序正在使用的 GPU 所用通道不超过 GPU 与插槽可用通道的四分之一。
不看链路的代数，也不看空闲 GPU 的通道：为了省电，二者都会降低。

原因：显卡没有插好、使用了转接线、插槽的通道比看上去的少，或触点有灰尘。数据加载和经由 PCIe
的集合通信会慢很多。

修复：关机，重新插好显卡，去掉转接线，换一个插槽；在固件设置中查看插槽之间如何分配通道。
`sudo lspci -vv` 显示 LnkCap（可用）和 LnkSta（实际）。

误报：机箱外的 GPU（Thunderbolt、OCuLink），本来就只有四条通道。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_NVIDIA_GPU, Verdict, warning

_SMALL: Final = 4
"""One lane in four: half is how boards share lanes between two slots, and costs little."""


def check(case: Case) -> Verdict:
    """Compare the lanes in use with those that could be."""
    states = case.records("gpu.states")
    if not states:
        return NO_NVIDIA_GPU
    # What a hypervisor shows of a link is its own invention.
    if case.value("surroundings.vm") is not None or case.in_wsl:
        return None
    # nvidia-smi's documentation: the width may be reduced when the GPU is not in use.
    busy = {row.get("gpu_index") for row in case.records("gpu.processes")}
    for row in states:
        if row.get("index") not in busy:
            continue
        width, most = row.get("pcie_width"), row.get("pcie_width_max")
        if width and most and int(width) * _SMALL <= int(most):
            return warning(
                "gpu.states",
                "gpu.processes",
                index=row.get("index", 0),
                gpu=row.get("name", "GPU"),
                width=width,
                most=most,
            )
    return None
