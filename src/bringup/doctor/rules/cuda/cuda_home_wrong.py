"""CUDA_HOME names a folder without a CUDA toolkit.

CUDA_HOME is "{home}", and there is no toolkit in it; toolkits are in: {there}.

Finds: CUDA_HOME (or CUDA_PATH) with a folder that is not among the toolkits found, nor holds the
nvcc on PATH.

Why: builds of extensions look there and nowhere else: "/usr/local/cuda-11.8/bin/nvcc: No such file
or directory"; XLA does not find libdevice. Most often the toolkit was upgraded or removed, or the
variable holds several folders with colons between them, like PATH.

Evidence: `cuda.home`, `cuda.toolkits`; also `cuda.nvcc_path`, `variables.set`.

Fix: `{command}`, and the same in the shell's start file.

False alarms: a toolkit whose folder holds neither version.json nor its header.

References: https://github.com/open-mmlab/mmdetection/issues/2113 a colon in front of the folder
https://github.com/MhLiao/DB/issues/21 several folders in one variable
https://pytorch.org/docs/stable/cpp_extension.html what CUDA_HOME is for

---

CUDA_HOME 指向的文件夹中没有 CUDA 工具包。

CUDA_HOME 为 "{home}"，其中没有工具包；工具包在：{there}。

发现：CUDA_HOME（或 CUDA_PATH）的文件夹不在找到的工具包之中，PATH 上的 nvcc 也不在其中。

原因：编译扩展时只在那里查找："/usr/local/cuda-11.8/bin/nvcc: No such file or directory"；XLA 找不
到 libdevice。多半是工具包升级或卸载了，或者像 PATH 一样用冒号写了多个文件夹。

修复：`{command}`，并在 shell 的启动文件中同样修改。

误报：文件夹中既没有 version.json 也没有头文件的工具包。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import version_of
from bringup.doctor.rule import NO_CUDA_TOOLKIT, Verdict, error
from bringup.doctor.steps import SetVariable
from bringup.doctor.toolkits import folder, home_toolkit


def check(case: Case) -> Verdict:
    """Look for the variable's folder among the toolkits."""
    home = case.text("cuda.home")
    rows = case.records("cuda.toolkits")
    if home is None:
        return None if rows else NO_CUDA_TOOLKIT
    if home_toolkit(case) is not None or _has_nvcc(case, home) or _of_packages(case, home):
        return None
    versions = [(version_of(str(row.get("version"))), str(row["path"])) for row in rows]
    best = max(((one, path) for one, path in versions if one is not None), default=(None, None))[1]
    return error(
        "cuda.home",
        "cuda.toolkits",
        home=home,
        there=", ".join(str(row["path"]) for row in rows) or "-",
        command="unset CUDA_HOME" if best is None else f"export CUDA_HOME={best}",
        steps=(SetVariable("CUDA_HOME", best),),
    )


def _has_nvcc(case: Case, home: str) -> bool:
    nvcc = case.text("cuda.nvcc_path")
    return nvcc is not None and folder(nvcc).startswith(folder(home) + "/bin/")


def _of_packages(case: Case, home: str) -> bool:
    """Say whether conda or pip put a toolkit there, which has no version file of its own."""
    prefixes = [case.variables.get("CONDA_PREFIX"), case.text("env.prefix")]
    prefixes += [str(row.get("prefix")) for row in case.records("env.conda")]
    inside = any(prefix and folder(home).startswith(folder(prefix)) for prefix in prefixes)
    return inside or "site-packages" in home
