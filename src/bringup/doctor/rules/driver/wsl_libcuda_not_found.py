"""The loader does not look where Windows puts its CUDA library.

/usr/lib/wsl/lib/libcuda.so.1 is here, but the loader finds {found}: CUDA programs end with
"libcuda.so.1: cannot open shared object file", or find no GPU.

Finds: inside WSL, the library that Windows puts there, and a loader's path without its folder.

Why: WSL writes the folder to /etc/ld.so.conf.d/ld.wsl.conf when a distribution starts. Where that
is switched off (`[automount] ldconfig=false` in wsl.conf), lost, or the loader's cache is old, it
is not on the path.

Evidence: `driver.wsl_libcuda`, `driver.libcuda_paths`; also `cuda.library_path`.

Fix: `sudo ldconfig`; if that does not help, `echo /usr/lib/wsl/lib | sudo tee
/etc/ld.so.conf.d/ld.wsl.conf` first, or `export LD_LIBRARY_PATH=/usr/lib/wsl/lib:$LD_LIBRARY_PATH`
for this shell.

False alarms: None known.

References: https://github.com/NVIDIA/cuda-python/issues/17 libcuda is not found in WSL
https://github.com/chelsea0x3b/cudarc/issues/296 the folder on LD_LIBRARY_PATH helps
https://docs.nvidia.com/cuda/wsl-user-guide/index.html where Windows puts its driver

---

加载器不在 Windows 放置 CUDA 库的文件夹中查找。

有 /usr/lib/wsl/lib/libcuda.so.1，但加载器找到的是 {found}：CUDA 程序以
"libcuda.so.1: cannot open shared object file" 结束，或找不到 GPU。

发现：WSL 内有 Windows 放置的库，而加载路径中没有它的文件夹。

原因：发行版启动时，WSL 把该文件夹写入 /etc/ld.so.conf.d/ld.wsl.conf。如果这一功能被关闭
（wsl.conf 中 `[automount] ldconfig=false`）、文件丢失或加载器的缓存过旧，就不在路径中。

修复：`sudo ldconfig`；仍然不行时先运行 `echo /usr/lib/wsl/lib | sudo tee
/etc/ld.so.conf.d/ld.wsl.conf`，或只对当前 shell 运行
`export LD_LIBRARY_PATH=/usr/lib/wsl/lib:$LD_LIBRARY_PATH`。

误报：目前没有已知的误报。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_WSL, Verdict, error
from bringup.doctor.steps import Command, Privilege

FOLLOWS = ("DRV015",)


def check(case: Case) -> Verdict:
    """Look for Windows' library among those that the loader finds."""
    if not case.in_wsl or case.in_container:
        return NOT_WSL
    paths = [str(path) for path in case.value("driver.libcuda_paths") or ()]
    here = bool(case.value("driver.wsl_libcuda"))
    if not here or any(path.startswith("/usr/lib/wsl/") for path in paths):
        return None
    return error(
        "driver.wsl_libcuda",
        "driver.libcuda_paths",
        found=", ".join(paths) or "-",
        steps=(Command(("sudo", "ldconfig"), Privilege.ROOT),),
    )
