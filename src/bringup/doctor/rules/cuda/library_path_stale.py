"""LD_LIBRARY_PATH leads to CUDA libraries that do not fit, or to a toolkit that is gone.

{path}: {fault}.

Finds: a folder on LD_LIBRARY_PATH with libraries of the same CUDA major version as torch but an
older minor one; or a folder of a toolkit that does not exist any more.

Why: the loader takes LD_LIBRARY_PATH before the libraries that torch's wheels bring, and both have
the same name. An older one lacks what the newer ask for: "undefined symbol:
__nvJitLinkComplete_12_4". A folder that is gone leaves programs without the libraries it once gave
them.

Evidence: `cuda.library_path`; also `cuda.libraries`, `env.torch_cuda`.

Fix: take the folder out: `{command}`, and out of the shell's start file or module. Wheels of torch
and JAX need nothing on LD_LIBRARY_PATH.

False alarms: a program of this machine that needs that folder; set the variable for it alone.

References: https://github.com/pytorch/pytorch/issues/134929 undefined symbol through
LD_LIBRARY_PATH https://github.com/infiniflow/ragflow/issues/4466 libnvJitLink taken from a toolkit
of CUDA 12.1 https://github.com/jax-ml/jax/issues/30050 the same under JAX

---

LD_LIBRARY_PATH 指向不合适的 CUDA 库，或已不存在的工具包。

{path}：{fault}。

发现：LD_LIBRARY_PATH 上的文件夹中有与 torch 的 CUDA 主版本相同、次版本更旧的库；
或其中的工具包文件夹已不存在。

原因：加载器先用 LD_LIBRARY_PATH，再用 torch 的 wheel 自带的库，而两者同名。旧库缺少新库所需的内容：
"undefined symbol: __nvJitLinkComplete_12_4"。文件夹不存在时，程序得不到原来由它提供的库。

修复：去掉该文件夹：`{command}`，并从 shell 的启动文件或 module 中去掉。torch 和 JAX 的 wheel
不需要 LD_LIBRARY_PATH。

误报：本机有程序需要该文件夹；请只为那个程序设置此变量。
"""

from __future__ import annotations

import re
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import version_of
from bringup.doctor.rule import Verdict, warning
from bringup.doctor.steps import SetVariable

FOLLOWS = ("CUDA002", "CUDA003")
"""A toolkit that was removed or replaced leaves both variables behind."""

_TOOLKIT: Final = re.compile(r"/cuda-\d+(?:\.\d+)?(?:/|$)")
_LIKE_THE_TOOLKIT: Final = frozenset({"cudart", "cublas", "nvrtc", "nvjitlink"})
"""Libraries that carry the toolkit's own number; cuSPARSE and cuSOLVER count by themselves."""


def check(case: Case) -> Verdict:
    """Look at what the loader takes first."""
    rows = case.records("cuda.library_path")
    if not rows:
        return None
    found = _older_library(case) or _gone(case)
    if found is None:
        return None
    path, fault = found
    rest = [str(row["path"]) for row in rows if str(row["path"]) != path and row.get("exists")]
    command = f"export LD_LIBRARY_PATH={':'.join(rest)}" if rest else "unset LD_LIBRARY_PATH"
    return warning(
        "cuda.library_path",
        "cuda.libraries",
        "env.torch_cuda",
        path=path,
        fault=fault,
        command=command,
        steps=(SetVariable("LD_LIBRARY_PATH", ":".join(rest) or None),),
    )


def _older_library(case: Case) -> tuple[str, str] | None:
    torch = version_of(case.text("env.torch_cuda"))
    for row in case.records("cuda.libraries") if torch is not None else ():
        version = version_of(str(row.get("version")))
        if row.get("via") != "LD_LIBRARY_PATH" or row.get("name") not in _LIKE_THE_TOOLKIT:
            continue
        if version is None or torch is None or version.major != torch.major:
            continue
        # A library named by its major version alone tells nothing of the minor one.
        if "." in str(row["version"]) and version.minor < torch.minor:
            folder = str(row["path"]).rpartition("/")[0]
            return folder, f"{row['name']} {row['version']} < torch CUDA {torch}"
    return None


def _gone(case: Case) -> tuple[str, str] | None:
    for row in case.records("cuda.library_path"):
        path = str(row.get("path"))
        if row.get("exists") is False and _TOOLKIT.search(path):
            return path, "No such file or directory"
    return None
