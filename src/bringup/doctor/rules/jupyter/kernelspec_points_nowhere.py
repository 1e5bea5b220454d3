"""Jupyter offers a kernel whose Python is gone.

Kernels whose program is not there any more: {kernels}.

Finds: a registered kernel that names its program by a path which does not exist; an error when no
other Python kernel is left.

Why: a kernel stays registered when its environment is deleted, moved or made anew elsewhere.
Notebooks that ask for it show "Kernel error", the server logs "FileNotFoundError: [Errno 2] No
such file or directory".

Evidence: `jupyter.kernelspecs`; also `variables.set`, `env.prefix`.

Fix: take it away: {commands}. When the environment was moved, register it again from there:
`python -m ipykernel install --user --name NAME`.

False alarms: a Python on a disk or network folder that is not mounted now.

References: https://github.com/jupyter/jupyter_client/issues/269 a kernel of a removed environment
https://github.com/jupyter/notebook/issues/3481 the same after an upgrade of Python
https://github.com/jupyter/notebook/issues/3501 after uninstalling Anaconda

---

Jupyter 提供的内核，其 Python 已不存在。

这些内核的程序已不存在：{kernels}。

发现：已注册的内核用路径指定程序，而该路径不存在；没有其他可用的 Python 内核时为错误。

原因：环境被删除、移动或在别处重建时，内核的注册仍然保留。需要它的笔记本会显示 "Kernel error"，服
务器日志为 "FileNotFoundError: [Errno 2] No such file or directory"。

修复：移走它：{commands}。如果环境已移动，请从新位置重新注册：`python -m ipykernel install --user
--name NAME`。

误报：Python 位于当前没有挂载的磁盘或网络文件夹中。
"""

from __future__ import annotations

import shlex
from pathlib import PurePath, PurePosixPath, PureWindowsPath

from bringup.doctor.case import Case, Record
from bringup.doctor.kernels import lost, owner_of, python_left
from bringup.doctor.rule import NO_JUPYTER, Found, Severity, Verdict
from bringup.doctor.steps import Command, MoveAway, Privilege, Step


def check(case: Case) -> Verdict:
    """Look for kernels without a program."""
    rows = case.records("jupyter.kernelspecs")
    if not rows:
        return NO_JUPYTER
    gone = [row for row in rows if lost(row)]
    if not gone:
        return None
    steps = tuple(_step(case, row) for row in gone)
    values = {
        "kernels": ", ".join(f"{row['name']} ({row['program']})" for row in gone),
        "commands": ", ".join(f"`{_typed(step)}`" for step in steps),
    }
    severity = Severity.WARNING if python_left(case) else Severity.ERROR
    return Found(severity, values, ("jupyter.kernelspecs",), steps)


def _step(case: Case, row: Record) -> Command | MoveAway:
    path = str(row["path"])
    if owner_of(case, path) is Privilege.USER:
        return MoveAway(_pure(case, path), Privilege.USER)
    return Command(("sudo", "rm", "-r", path), Privilege.ROOT)


def _pure(case: Case, path: str) -> PurePath:
    return PureWindowsPath(path) if case.machine.os == "windows" else PurePosixPath(path)


def _typed(step: Step) -> str:
    """Return what a person types who does it by hand."""
    if isinstance(step, MoveAway):
        return f"jupyter kernelspec remove {step.path.name}"
    return shlex.join(step.argv) if isinstance(step, Command) else ""
