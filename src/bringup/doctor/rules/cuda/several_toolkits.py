"""CUDA_HOME and nvcc on PATH belong to different toolkits.

CUDA_HOME ({home}) is CUDA {one}, nvcc on PATH ({nvcc}) is CUDA {other}.

Finds: the toolkit of CUDA_HOME and that of nvcc on PATH are of different versions. Several toolkits
side by side are no finding.

Why: tools choose differently: torch builds with CUDA_HOME, CMake and make with PATH. Headers of one
and the compiler of the other give errors that nobody understands, or programs linked to two
runtimes.

Evidence: `cuda.toolkits`, `cuda.home`, `cuda.nvcc_version`, `cuda.nvcc_path`.

Fix: choose one: `export CUDA_HOME={home}` and `export PATH=$CUDA_HOME/bin:$PATH`, or the other way
round, in the shell's start file.

False alarms: None known.

References: https://pytorch.org/docs/stable/cpp_extension.html CUDA_HOME first, then nvcc on PATH
https://github.com/speedinghzl/CCNet/issues/56 CUDA_HOME and PATH with different toolkits

---

CUDA_HOME 与 PATH 上的 nvcc 属于不同的工具包。

CUDA_HOME（{home}）是 CUDA {one}，PATH 上的 nvcc（{nvcc}）是 CUDA {other}。

发现：CUDA_HOME 的工具包与 PATH 上 nvcc 的工具包版本不同。同时安装多个工具包本身不报告。

原因：各工具的选择不同：torch 用 CUDA_HOME 编译，CMake 和 make 用 PATH。头文件和编译器来自不同版本，
会产生难以理解的错误，或链接到两个运行时的程序。

修复：选定一个：在 shell 的启动文件中写 `export CUDA_HOME={home}` 和
`export PATH=$CUDA_HOME/bin:$PATH`，或者反过来。

误报：目前没有已知的误报。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_CUDA_TOOLKIT, Verdict, warning
from bringup.doctor.toolkits import home_toolkit, path_toolkit

FOLLOWS = ("CUDA002",)


def check(case: Case) -> Verdict:
    """Compare the two toolkits that are chosen."""
    if not case.records("cuda.toolkits") and path_toolkit(case) is None:
        return NO_CUDA_TOOLKIT
    home, path = home_toolkit(case), path_toolkit(case)
    if home is None or path is None or home.release == path.release:
        return None
    return warning(
        "cuda.home",
        "cuda.nvcc_path",
        "cuda.toolkits",
        home=home.path,
        one=home.release,
        nvcc=path.path,
        other=path.release,
    )
