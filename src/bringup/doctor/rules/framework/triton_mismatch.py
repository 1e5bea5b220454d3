"""Triton does not belong to the installed torch.

torch {torch} goes with triton {wanted}; found: {found}.

Finds: a triton that does not meet what torch asks for, and a triton-windows of another release than
torch's triton.

Why: torch.compile calls into Triton's inner functions, which change with every release. With
another one it ends with "cannot import name 'triton_key' from 'triton.compiler.compiler'" or
"Cannot find a working triton installation". vLLM and xformers fail in the same way.

Evidence: `env.packages`, `env.unmet`; also `env.python`, `env.has_pip`, `env.kind`, `os.family`.

Fix: `{command}`.

False alarms: a nightly torch beside the Triton that it was tested with.

References: https://github.com/pytorch/pytorch/issues/127271 triton_key is missing
https://github.com/woct0rdho/triton-windows/issues/158 the same on Windows
https://github.com/triton-lang/triton-windows#3-pytorch which one goes with which torch

---

Triton 与已安装的 torch 不配套。

torch {torch} 对应 triton {wanted}；找到：{found}。

发现：triton 不满足 torch 的要求，或 triton-windows 与 torch 的 triton 版本不同。

原因：torch.compile 调用 Triton 的内部函数，它们随每个版本变化。换成其他版本会以 "cannot import name
'triton_key' from 'triton.compiler.compiler'" 或 "Cannot find a working triton installation" 结束。
vLLM 和 xformers 也会以同样方式失败。

修复：`{command}`。

误报：与经过测试的 Triton 配套的 torch 每夜构建。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.installed import (
    install_command,
    not_installed,
    release_of,
    row_of,
    version_of,
)
from bringup.doctor.rule import Found, Severity, Verdict
from bringup.stack.answer.pairs import limits_in

_NAMES: Final = ("triton", "pytorch-triton", "pytorch-triton-rocm", "triton-rocm")
_WINDOWS: Final = "triton-windows"


def check(case: Case) -> Verdict:
    """Hold Triton against torch."""
    if "torch" not in case.packages:
        return not_installed("torch")
    return next(_asked(case), None) or _on_windows(case)


def _asked(case: Case) -> Iterator[Found]:
    for row in case.records("env.unmet"):
        try:
            wanted = Requirement(str(row["requires"]))
        except InvalidRequirement:
            continue
        if row.get("package") == "torch" and wanted.name in _NAMES:
            there = version_of(row.get("found"))
            found = f"{wanted.name} {there}" if there is not None else "-"
            word = f"{wanted.name}{wanted.specifier}"
            pins = [Version(one.version) for one in wanted.specifier if one.operator != "!="]
            # Without it, and with another patch release, only torch.compile suffers.
            mild = there is None or bool(pins and there.release[:2] == pins[0].release[:2])
            yield _found(case, str(wanted.specifier), found, word, error=not mild)


def _on_windows(case: Case) -> Found | None:
    there = release_of(case.packages.get(_WINDOWS))
    row = row_of("torch", case.packages["torch"])
    limits = None if row is None else limits_in(row.requires, "triton")
    pins = [Version(one.version) for one in limits or () if one.operator in {"==", "~="}]
    if there is None or not pins or there.release[:2] == pins[0].release[:2]:
        return None
    word = f"{_WINDOWS}=={pins[0].major}.{pins[0].minor}.*"
    return _found(case, str(limits), f"{_WINDOWS} {there}", word, error=True)


def _found(case: Case, wanted: str, found: str, word: str, *, error: bool) -> Found:
    values = {
        "torch": case.packages["torch"],
        "wanted": wanted,
        "found": found,
        "command": install_command(case, word),
    }
    severity = Severity.ERROR if error else Severity.WARNING
    return Found(severity, values, ("env.unmet", "env.packages"))
