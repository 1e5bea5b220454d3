"""A compiled extension of torch is made for another torch.

{package} {version} is made for torch {wanted}, but here is torch {torch}.

Finds: packages whose version names a torch (flash_attn 2.8.3+cu12torch2.8, torch_scatter
2.1.2+pt25cu124), and xformers, torchtext, torchao and their like by what their releases ask for.

Why: such wheels are compiled against one torch. After an upgrade of torch alone they end with
"undefined symbol: _ZN3c10..." at import, or are skipped and their kernels are missing.

Evidence: `env.packages`; also `env.torch_build`, `env.python`, `env.has_pip`, `env.kind`.

Fix: install the release for this torch: `{command}`. Where there is no wheel for it, build it here
with `--no-build-isolation`, or take torch back to {wanted}.

False alarms: an extension that uses only torch's stable ABI and still names a torch.

References: https://github.com/Dao-AILab/flash-attention/issues/1644 undefined symbol after an
upgrade
https://github.com/pytorch/ao/issues/2919 which torchao goes with which torch
https://data.pyg.org/whl/ wheels that name their torch and CUDA

---

torch 的某个编译扩展是为另一个 torch 制作的。

{package} {version} 对应 torch {wanted}，而这里是 torch {torch}。

发现：版本号中写明 torch 的软件包（flash_attn 2.8.3+cu12torch2.8、torch_scatter 2.1.2+pt25cu124），
以及 xformers、torchtext、torchao 等，按其版本的要求判断。

原因：这类轮子是针对某一个 torch 编译的。只升级 torch 之后，它们在导入时会以 "undefined symbol:
_ZN3c10..." 结束，或者被跳过而缺少其算子。

修复：安装适合该 torch 的版本：`{command}`。若没有对应的轮子，请用 `--no-build-isolation` 在此构建，
或把 torch 退回到 {wanted}。

误报：只使用 torch 稳定 ABI 但仍写明某个 torch 的扩展。
"""

from __future__ import annotations

import re
from typing import Final

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.installed import (
    accepts,
    clashes_of,
    companion_for,
    install_command,
    not_installed,
    release_of,
    row_of,
    version_of,
)
from bringup.doctor.rule import Found, Severity, Verdict
from bringup.knowledge.builds import cuda_major
from bringup.stack.answer.pairs import limits_in

# cu12torch2.8, pt25cu124, pt2.5cu124: which torch, which CUDA.
_TORCH: Final = re.compile(r"torch(\d+)\.(\d+)")
_PT: Final = re.compile(r"pt(\d)\.?(\d{1,2}?)(?=cu|cpu|rocm|\.|$)")
_CUDA: Final = re.compile(r"cu(\d{2})\d?(?!\d)")
# Told by rules of their own.
_COMPANIONS: Final = frozenset({"torch", "torchvision", "torchaudio"})
_PINNED: Final = ("xformers", "torchtext")


def check(case: Case) -> Verdict:
    """Hold the extensions against torch, the named ones first."""
    torch = release_of(case.packages.get("torch"))
    if torch is None:
        return not_installed("torch")
    for package, text in case.packages.items():
        wanted = None if package in _COMPANIONS else _named(case, text, torch)
        if wanted is not None:
            return _found(case, package, wanted, Severity.ERROR)
    for package in _PINNED:
        row = row_of(package, case.packages.get(package))
        limits = None if row is None else limits_in(row.requires, "torch")
        if limits is not None and not accepts(limits, torch):
            return _found(case, package, str(limits), Severity.ERROR)
    for clash in clashes_of(case, "pair_mismatch"):
        if clash.other == "torch" and clash.package not in _COMPANIONS:
            wanted = clash.row.needs or f"!{clash.row.against_when}"
            severity = Severity.WARNING if clash.row.warning else Severity.ERROR
            return _found(case, clash.package, _outside(wanted), severity)
    return None


def _named(case: Case, text: str, torch: Version) -> str | None:
    """Return the torch or CUDA that a version names when it is not this one."""
    version = version_of(text)
    local = "" if version is None or version.local is None else version.local
    match = _TORCH.search(local) or _PT.match(local)
    if match is None:
        return None
    if (int(match[1]), int(match[2])) != (torch.major, torch.minor):
        return f"=={match[1]}.{match[2]}.*"
    build, cuda = case.text("env.torch_build") or "", _CUDA.search(local)
    if cuda is not None and cuda_major(build) and cuda_major(build) != int(cuda[1]):
        return f"=={match[1]}.{match[2]}.* (CUDA {cuda[1]})"
    return None


def _outside(wanted: str) -> str:
    """Return the limits as they are read: what a row asks for, or the reverse of what it bars."""
    if wanted.startswith("!"):
        bar = next(iter(SpecifierSet(wanted[1:])))
        reverse = {">=": "<", "<": ">=", ">": "<=", "<=": ">"}.get(bar.operator, "!=")
        return f"{reverse}{bar.version}"
    return wanted.removeprefix("torch")


def _found(case: Case, package: str, wanted: str, severity: Severity) -> Found:
    torch = case.packages["torch"]
    release = release_of(torch)
    fitting = None if release is None else companion_for(package, release)
    word = package if fitting is None else f"{package}=={fitting}"
    values = {
        "package": package,
        "version": case.packages[package],
        "wanted": wanted,
        "torch": torch,
        "command": install_command(case, "--force-reinstall", "--no-deps", word),
    }
    return Found(severity, values, ("env.packages",))
