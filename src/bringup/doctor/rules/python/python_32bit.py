"""Python is a 32-bit program.

{python} is a 32-bit Python {version}: no framework has packages for it.

Finds: a Python whose pointers have 32 bits.

Why: an old installer for Windows, or a 32-bit system on a 64-bit board, brought it. torch,
TensorFlow, JAX and ONNX Runtime have wheels for 64 bits only; pip then says "No matching
distribution found" and does not say why. It can also use no more than 4 GB of memory.

Evidence: `env.bits`; also `env.python`, `env.python_version`, `os.arch`, `os.family`.

Fix: install a 64-bit Python: `{command}`. Environments made with the old one must be made anew. A
32-bit operating system must be replaced by its 64-bit form first.

False alarms: a tool that needs 32 bits for another program's library, and no framework.

References: https://www.tensorflow.org/install/pip#system-requirements 64 bits are wanted
https://github.com/tensorflow/tensorflow/issues/30158 "No matching distribution found"
https://docs.python.org/3/using/windows.html the installers

---

Python 是 32 位程序。

{python} 是 32 位的 Python {version}：没有任何框架为它提供软件包。

发现：指针为 32 位的 Python。

原因：来自 Windows 的旧安装程序，或 64 位开发板上的 32 位系统。torch、TensorFlow、JAX 和 ONNX
Runtime 只有 64 位的轮子；pip 会提示 "No matching distribution found"，却不说明原因。它最多也只能使
用 4 GB 内存。

修复：安装 64 位 Python：`{command}`。用旧 Python 建立的环境必须重建。32 位操作系统必须先换成 64 位
的。

误报：因其他程序的库而需要 32 位、且不使用框架的工具。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, error

_BITS = 64


def check(case: Case) -> Verdict:
    """Look at the width of Python's pointers."""
    bits = case.number("env.bits")
    if bits is None or bits >= _BITS:
        return None
    windows = case.machine.os == "windows"
    return error(
        "env.bits",
        "os.arch",
        python=case.text("env.python") or "python",
        version=case.text("env.python_version") or "3",
        command="winget install Python.Python.3.12" if windows else "uv python install 3.12",
    )
