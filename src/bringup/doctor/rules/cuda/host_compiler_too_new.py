"""The C++ compiler is newer than the CUDA toolkit accepts.

{compiler} would be called by nvcc of CUDA {version} ({path}), which accepts GCC up to {newest}.

Finds: the first GCC on PATH beyond the limit of the toolkit's nvcc.

Why: compiling ends with "#error -- unsupported GNU version! gcc versions later than 12 are
not supported!", or with errors in the standard library's headers where the check is switched off.

Evidence: `cuda.host_compiler`; also `cuda.nvcc_version`, `cuda.nvcc_path`, `cuda.home`,
`cuda.toolkits`, `variables.set`.

Fix: install an older compiler and name it: `{command}`, then `export CC=gcc-{newest}
CXX=g++-{newest} CUDAHOSTCXX=g++-{newest} NVCC_PREPEND_FLAGS="-ccbin g++-{newest}"`. Or take a
newer toolkit.

False alarms: nvcc of the distribution's own package, which brings the right compiler; nothing is
said of it. Builds that name another compiler themselves.

References: https://docs.nvidia.com/cuda/cuda-installation-guide-linux/index.html host compilers
https://github.com/NVlabs/instant-ngp/issues/1562 GCC 13 under CUDA 12.1, GCC 14 under Fedora
https://github.com/NVIDIA/cccl/issues/10 GCC 10 under CUDA 11

---

C++ 编译器比 CUDA 工具包能接受的更新。

CUDA {version} 的 nvcc（{path}）会调用 {compiler}，而它最多接受 GCC {newest}。

发现：PATH 上的第一个 GCC 超过该工具包 nvcc 的上限。

原因：编译会以 "#error -- unsupported GNU version! gcc versions later than 12 are not
supported!" 结束；关闭该检查时，会在标准库头文件中出错。

修复：安装更旧的编译器并指定它：`{command}`，再运行 `export CC=gcc-{newest} CXX=g++-{newest}
CUDAHOSTCXX=g++-{newest} NVCC_PREPEND_FLAGS="-ccbin g++-{newest}"`。或换用更新的工具包。

误报：发行版软件包中的 nvcc 自带合适的编译器，不会报告。自己指定了其他编译器的构建。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.nvidia import package_manager, version_of
from bringup.doctor.rule import NO_CUDA_TOOLKIT, Verdict, warning
from bringup.doctor.steps import Command, Privilege
from bringup.doctor.toolkits import used_toolkit
from bringup.knowledge.cuda import host_compiler_of

FOLLOWS = ("CUDA003",)

_PACKAGED: Final = ("/usr/bin/", "/opt/cuda/")
"""nvcc of Debian, Ubuntu and Arch, whose profile names a compiler that fits."""
_CHOSEN: Final = ("CUDAHOSTCXX", "NVCC_CCBIN", "NVCC_PREPEND_FLAGS", "NVCC_APPEND_FLAGS")


def check(case: Case) -> Verdict:
    """Hold the compiler against the toolkit's limit."""
    toolkit = used_toolkit(case)
    if toolkit is None:
        return NO_CUDA_TOOLKIT
    compiler = case.text("cuda.host_compiler") or ""
    kind, _, number = compiler.partition(" ")
    version, limit = version_of(number), host_compiler_of(toolkit.release)
    if kind != "gcc" or version is None or limit is None:
        return None
    packaged = (case.text("cuda.nvcc_path") or "").startswith(_PACKAGED)
    chosen = any(name in case.variables for name in _CHOSEN)
    if version.major <= int(limit.gcc_max) or packaged or chosen:
        return None
    manager = package_manager(case)
    name = f"g++-{limit.gcc_max}" if manager == "apt" else f"gcc{limit.gcc_max}-c++"
    words = ("sudo", manager, "install", name)
    return warning(
        "cuda.host_compiler",
        toolkit.fact,
        "cuda.nvcc_version",
        compiler=compiler,
        version=toolkit.release,
        path=toolkit.path,
        newest=limit.gcc_max,
        command=" ".join(words),
        steps=(Command(words, Privilege.ROOT),),
    )
