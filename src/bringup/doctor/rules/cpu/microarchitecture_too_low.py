"""The processor is older than x86-64-v2.

This processor ({model}) has the level {level}; NumPy 2.4 and newer, and systems like RHEL 9, need
x86-64-v2.

Finds: an x86-64 processor, or one that a virtual machine pretends, below the level x86-64-v2
(SSE4.2, POPCNT, SSSE3).

Why: the wheels of NumPy since 2.4 are built for x86-64-v2 and refuse older processors at import:
"NumPy was built with baseline optimizations: (X86_V2) but your machine doesn't support". Base
images made from RHEL 9 stop with "Fatal glibc error: CPU does not support x86-64-v2".

Evidence: `cpu.microarchitecture_level`, `os.arch`; also `cpu.model`, `cpu.sse4_2`,
`surroundings.vm`, `env.packages`.

Fix: in a virtual machine set the processor type to `host` or `x86-64-v2-AES` (`qemu -cpu host`).
On a processor that really is so old keep NumPy older: `numpy<2.4`.

False alarms: a NumPy that was built here with `-Dcpu-baseline=none`.

References: https://github.com/BETSRG/GHEDesigner/pull/165 NumPy 2.4 raised its baseline to
x86-64-v2
https://github.com/NixOS/nixpkgs/issues/504266 numpy cannot be imported below x86-64-v2
https://developers.redhat.com/blog/2021/01/05/building-red-hat-enterprise-linux-9-for-the-x86-64-v2-microarchitecture-level
RHEL 9 needs x86-64-v2

---

处理器低于 x86-64-v2。

此处理器（{model}）的级别是 {level}；NumPy 2.4 及更新版本以及 RHEL 9 等系统需要 x86-64-v2。

发现：x86-64 处理器，或虚拟机模拟出的处理器，低于 x86-64-v2 级别（SSE4.2、POPCNT、SSSE3）。

原因：NumPy 自 2.4 起的 wheel 针对 x86-64-v2 构建，在导入时拒绝更旧的处理器："NumPy was built with
baseline optimizations: (X86_V2) but your machine doesn't support"。基于 RHEL 9 的基础镜像会以
"Fatal glibc error: CPU does not support x86-64-v2" 停止。

修复：在虚拟机中把处理器类型设为 `host` 或 `x86-64-v2-AES`（`qemu -cpu host`）。若处理器确实如此老
旧，请使用更旧的 NumPy：`numpy<2.4`。

误报：在本机用 `-Dcpu-baseline=none` 构建的 NumPy。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.meant import is_meant
from bringup.doctor.rule import NOT_X86, Verdict, error, warning

FOLLOWS = ("CPU003",)
_TOO_LOW = {"x86-64", "x86-64-v1"}
_BUILT_FOR_V2 = ">=2.4"
"""Releases of NumPy whose wheels have the baseline X86_V2."""


def check(case: Case) -> Verdict:
    """Find a processor of the first level."""
    if case.machine.arch != "x86_64":
        return NOT_X86
    level = case.text("cpu.microarchitecture_level")
    if level not in _TOO_LOW:
        return None
    found = error if is_meant(case, "numpy", _BUILT_FOR_V2) else warning
    model = case.text("cpu.model") or "x86-64"
    return found("cpu.microarchitecture_level", "cpu.model", model=model, level=level)
