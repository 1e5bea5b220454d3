"""A kernel's Python has no ipykernel.

{name} starts {program}, and ipykernel is not installed there: the kernel dies at once.

Finds: a registered Python kernel whose environment has no package ipykernel; an error when no
other Python kernel is left.

Why: Jupyter runs `python -m ipykernel_launcher` in the kernel's environment. When that was made
anew without ipykernel, the log says "No module named ipykernel_launcher" and notebooks show
"Kernel died" or "Dead kernel".

Evidence: `jupyter.kernelspecs`.

Fix: `{command}` (with uv: `uv pip install --python {program} ipykernel`), or add ipykernel to the
project's packages.

False alarms: an environment that sees the system's packages, where ipykernel lies.

References: https://github.com/jupyter/notebook/issues/1558 No module named ipykernel
https://github.com/jupyter/notebook/issues/2451 No module named ipykernel_launcher

---

内核的 Python 中没有 ipykernel。

{name} 启动 {program}，而那里没有安装 ipykernel：内核会立即退出。

发现：已注册的 Python 内核，其环境中没有 ipykernel 软件包；没有其他可用的 Python 内核时为错误。

原因：Jupyter 在内核的环境中运行 `python -m ipykernel_launcher`。如果该环境重建时没有安装
ipykernel，日志会显示 "No module named ipykernel_launcher"，笔记本显示 "Kernel died" 或 "Dead
kernel"。

修复：`{command}`（使用 uv 时：`uv pip install --python {program} ipykernel`），或把 ipykernel 加
入项目的软件包。

误报：环境能看到系统的软件包，而 ipykernel 在那里。
"""

from __future__ import annotations

import shlex

from bringup.doctor.case import Case
from bringup.doctor.kernels import bare, python_left
from bringup.doctor.rule import NO_JUPYTER, Found, Severity, Verdict


def check(case: Case) -> Verdict:
    """Look for kernels whose Python cannot run them."""
    rows = case.records("jupyter.kernelspecs")
    if not rows:
        return NO_JUPYTER
    empty = [row for row in rows if bare(row)]
    if not empty:
        return None
    program = str(empty[0]["program"])
    values = {
        "name": ", ".join(str(row["name"]) for row in empty),
        "program": program,
        "command": shlex.join([program, "-m", "pip", "install", "ipykernel"]),
    }
    severity = Severity.WARNING if python_left(case) else Severity.ERROR
    return Found(severity, values, ("jupyter.kernelspecs",))
