"""A Linux NVIDIA driver is installed inside WSL.

{packages} are installed here. In WSL the driver is that of Windows; a Linux driver hides it.

Finds: packages of the Linux driver inside WSL. It is an error where their libcuda comes first on
the loader's path, a warning otherwise.

Why: Windows puts its libcuda into /usr/lib/wsl/lib. A second one from a package finds no kernel
module: CUDA ends with "no CUDA-capable device", nvidia-smi with an error.

Evidence: `surroundings.wsl`, `driver.packages`; also `driver.libcuda_paths`.

Fix: remove it: `{command}`, then `sudo ldconfig`. For compiling install only the toolkit
(`cuda-toolkit-12-8` and the like), never `cuda`, `cuda-drivers` or `nvidia-cuda-toolkit`, which
bring a driver along.

False alarms: a package that was installed and then hidden by hand.

References: https://docs.nvidia.com/cuda/wsl-user-guide/index.html no Linux driver is to be
installed https://github.com/microsoft/WSL/issues/5548 what Windows puts into /usr/lib/wsl/lib

---

在 WSL 内安装了 Linux 的 NVIDIA 驱动。

这里安装了 {packages}。WSL 使用 Windows 的驱动；Linux 驱动会把它遮住。

发现：WSL 内有 Linux 驱动的软件包。其 libcuda 在加载路径最前面时为错误，否则为警告。

原因：Windows 把自己的 libcuda 放在 /usr/lib/wsl/lib。软件包中的另一个找不到内核模块：CUDA 以
"no CUDA-capable device" 结束，nvidia-smi 报错。

修复：卸载它：`{command}`，再运行 `sudo ldconfig`。编译时只安装工具包（如 `cuda-toolkit-12-8`），
不要安装会带来驱动的 `cuda`、`cuda-drivers` 或 `nvidia-cuda-toolkit`。

误报：软件包已经安装，但之后手动把它遮住了。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.nvidia import core_packages
from bringup.doctor.rule import NOT_WSL, Found, Severity, Verdict
from bringup.doctor.steps import Command, Privilege


def check(case: Case) -> Verdict:
    """Look for packages of a driver where Windows brings one."""
    if not case.in_wsl or case.in_container:
        return NOT_WSL
    names = sorted(core_packages(case))
    if not names:
        return None
    paths = [str(path) for path in case.value("driver.libcuda_paths") or ()]
    hides = bool(paths) and not paths[0].startswith("/usr/lib/wsl/")
    words = ("sudo", "apt", "purge", *names)
    return Found(
        Severity.ERROR if hides else Severity.WARNING,
        {"packages": ", ".join(names), "command": " ".join(words)},
        ("driver.packages", "driver.libcuda_paths", "surroundings.wsl"),
        (Command(words, Privilege.ROOT),),
    )
