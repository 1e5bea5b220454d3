"""NVIDIA's libraries in the environment are not those that torch was built with.

{package} asks for {wanted}; found: {found}.

Finds: requirements of torch on nvidia-* packages that are not met, and cuDNN, NCCL, NVSHMEM or
cuSPARSELt of two CUDA versions side by side.

Why: another framework or a hand install replaced one of them. An older one lacks symbols
("undefined symbol: __nvJitLinkCreate_12_8"), one of another major version is not found at all
("libcudnn.so.9: cannot open shared object file"). cuDNN and NCCL of CUDA 12 and 13 write the same
folder, so the last one wins and taking one out breaks the other.

Evidence: `env.packages`, `env.unmet`; also `env.torch_build`, `env.python`, `env.has_pip`,
`env.kind`.

Fix: `{command}`. Frameworks that pin different releases want an environment each.

False alarms: a newer release of the same major version that was chosen on purpose (only a warning).

References: https://github.com/pytorch/pytorch/issues/152783 a symbol is missing in nvJitLink
https://github.com/pytorch/pytorch/issues/111469 the same from another pair
https://github.com/pytorch/pytorch/blob/main/RELEASE.md which CUDA and cuDNN a release is built with

---

环境中的 NVIDIA 库不是 torch 构建时所用的库。

{package} 需要 {wanted}；找到：{found}。

发现：torch 对 nvidia-* 软件包的要求未满足，或两个 CUDA 版本的 cuDNN、NCCL、NVSHMEM、cuSPARSELt 并
存。

原因：另一个框架或手动安装替换了其中一个。较旧的缺少符号（"undefined symbol:
__nvJitLinkCreate_12_8"），主版本不同的根本找不到（"libcudnn.so.9: cannot open shared object
file"）。 CUDA 12 和 13 的 cuDNN 与 NCCL 写入同一文件夹，因此后安装的生效，卸载其中一个会破坏另一
个。

修复：`{command}`。要求不同版本的框架应各用一个环境。

误报：有意选择的同一主版本的更新版本（仅为警告）。
"""

from __future__ import annotations

import re
from typing import Final

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from bringup.doctor.case import Case, Record
from bringup.doctor.installed import install_command, not_installed, version_of
from bringup.doctor.rule import Found, Severity, Verdict

_NVIDIA: Final = re.compile(r"nvidia-|cuda-toolkit$|cuda-bindings$")
_SUFFIX: Final = re.compile(r"(nvidia-(?:cudnn|nccl|nvshmem|cusparselt))-cu(\d\d)$")
"""Libraries whose wheels for different CUDA versions write one folder."""


def check(case: Case) -> Verdict:
    """Hold the nvidia wheels against torch's pins and against each other."""
    if not any(_NVIDIA.match(name) for name in case.packages) and "torch" not in case.packages:
        return not_installed("torch")
    rows = (_unmet(case, row) for row in case.records("env.unmet"))
    found = [row for row in rows if row is not None]
    found += _collisions(case)
    return min(found, key=lambda row: row.severity is Severity.WARNING) if found else None


def _unmet(case: Case, row: Record) -> Found | None:
    if row.get("package") != "torch":
        return None
    try:
        wanted = Requirement(str(row["requires"]))
    except InvalidRequirement:
        return None
    name = canonicalize_name(wanted.name)
    if not _NVIDIA.match(name):
        return None
    there = version_of(row.get("found"))
    pins = [Version(one.version) for one in wanted.specifier if one.operator == "=="]
    newer = there is not None and bool(pins) and there > pins[0] and there.major == pins[0].major
    return Found(
        Severity.WARNING if newer else Severity.ERROR,
        {
            "package": f"torch {case.packages.get('torch', '')}".strip(),
            "wanted": f"{name}{wanted.specifier}",
            "found": f"{name} {there}" if there else "-",
            "command": install_command(case, f"{name}{wanted.specifier}"),
        },
        ("env.unmet",),
    )


def _collisions(case: Case) -> list[Found]:
    seen: dict[str, list[str]] = {}
    for name in case.packages:
        if match := _SUFFIX.match(name):
            seen.setdefault(match[1], []).append(name)
    found = []
    for names in seen.values():
        if len(names) < 2:
            continue
        right = _right(case, names)
        found.append(
            Found(
                Severity.WARNING,
                {
                    "package": "torch",
                    "wanted": right,
                    "found": ", ".join(names),
                    "command": install_command(
                        case,
                        "--force-reinstall",
                        "--no-deps",
                        f"{right}=={case.packages[right]}",
                    ),
                },
                ("env.packages",),
            )
        )
    return found


def _right(case: Case, names: list[str]) -> str:
    """Return the package of torch's CUDA, or of the newest."""
    build = case.text("env.torch_build") or ""
    fitting = [name for name in names if build[:4] and name.endswith(f"-{build[:4]}")]
    return fitting[0] if fitting else max(names)
