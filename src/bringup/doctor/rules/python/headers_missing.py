"""Python's header files are missing.

{python} has no Python.h, which Triton needs when it compiles.

Finds: a Python on Linux without Python.h, beside a GPU and a torch with Triton.

Why: distributions keep the headers in a package of its own. torch.compile, vLLM and other users of
Triton compile a small C module at their first start and end with "fatal error: Python.h: No such
file or directory". Extensions that are built here, like flash-attn, want them too.

Evidence: `env.headers`, `env.packages`, `gpu.devices`, `os.family`; also `env.python`,
`env.python_version`, `env.torch_build`, `os.name`, `security.root`.

Fix: `{command}`. Without rights: a Python from uv or conda brings its headers.

False alarms: a project that never compiles (no torch.compile, no vLLM).

References: https://github.com/sgl-project/sglang/issues/1117 a server that does not start
https://github.com/pytorch/pytorch/issues/129351 torch.compile fails
https://github.com/ROCm/ROCm-docker/pull/127 the same on AMD

---

缺少 Python 的头文件。

{python} 没有 Python.h，而 Triton 编译时需要它。

发现：Linux 上有 GPU 和带 Triton 的 torch，但 Python 没有 Python.h。

原因：发行版把头文件放在单独的软件包中。torch.compile、vLLM 等使用 Triton 的程序首次启动时会编译一个
小的 C 模块，并以 "fatal error: Python.h: No such file or directory" 结束。在此处构建的扩展（如
flash-attn）也需要它们。

修复：`{command}`。没有权限时：来自 uv 或 conda 的 Python 自带头文件。

误报：从不编译的项目（不使用 torch.compile 和 vLLM）。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.distribution import package_command, package_steps
from bringup.doctor.installed import not_installed
from bringup.doctor.rule import NO_GPU, NOT_LINUX, Found, Severity, Verdict

_ALWAYS: Final = ("vllm", "sglang")
"""Servers that compile with Triton at every first start."""
_TRITON: Final = ("triton", "pytorch-triton", "pytorch-triton-rocm", "triton-rocm")


def check(case: Case) -> Verdict:
    """Look for Python.h where Triton will want it."""
    if not case.linux:
        return NOT_LINUX
    if not any(name in case.packages for name in _TRITON):
        return not_installed("triton")
    if not any(gpu.vendor in {"nvidia", "amd"} for gpu in case.machine.gpus):
        return NO_GPU
    if case.value("env.headers") is not False:
        return None
    minor = ".".join((case.text("env.python_version") or "3").split(".")[:2])
    names = {
        "debian": f"python{minor}-dev",
        "fedora": f"python{minor}-devel",
        "suse": "python3-devel",
        "alpine": "python3-dev",
    }
    values = {
        "python": case.text("env.python") or "python3",
        "command": package_command(case, names),
    }
    certain = any(name in case.packages for name in _ALWAYS)
    severity = Severity.ERROR if certain else Severity.WARNING
    return Found(severity, values, ("env.headers",), package_steps(case, names))
