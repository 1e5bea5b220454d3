"""Notebooks started here run in another environment.

The kernel {name} of {path} comes first and starts {program}, not the Python of {prefix}.

Finds: a default kernel in the user's or the system's folder that starts the Python of another
environment, hiding the one of the environment that is judged.

Why: `ipykernel install --user` once wrote that kernel for all environments. `import` then fails
with "ModuleNotFoundError" for packages that are installed, or finds others of another version.

Evidence: `jupyter.kernelspecs`, `env.prefix`, `env.packages`; also `variables.set`, `env.kind`,
`env.conda`.

Fix: take the old kernel away: `jupyter kernelspec remove {name}`; the environment's own appears
by itself. With jupyter_core from 5 on `export JUPYTER_PREFER_ENV_PATH=1` does it, too.

False alarms: Jupyter itself is run from that other environment on purpose.

References: https://github.com/jupyter/notebook/issues/2563 the wrong Python in notebooks
https://jupyter-core.readthedocs.io/en/latest/changelog.html the environment comes first since 5.0

---

从这里启动的笔记本运行在另一个环境中。

{path} 中的内核 {name} 排在前面，启动的是 {program}，而不是 {prefix} 的 Python。

发现：用户或系统文件夹中的默认内核启动另一个环境的 Python，挡住了所检查环境自己的内核。

原因：`ipykernel install --user` 曾为所有环境写下这个内核。于是 `import` 已安装的软件包会报
"ModuleNotFoundError"，或找到其他版本。

修复：移走旧内核：`jupyter kernelspec remove {name}`；环境自己的内核会自动出现。jupyter_core 从 5
起也可以用 `export JUPYTER_PREFER_ENV_PATH=1`。

误报：有意从另一个环境运行 Jupyter。
"""

from __future__ import annotations

from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import Final

from bringup.doctor.case import Case, Record
from bringup.doctor.kernels import owner_of, server_installed
from bringup.doctor.nvidia import older
from bringup.doctor.rule import NO_ENVIRONMENT, NO_JUPYTER, Verdict, warning
from bringup.doctor.steps import Command, MoveAway, Privilege, Step

_DEFAULT: Final = "python3"
_ENVIRONMENT_FIRST: Final = "5.0"
"""Since this jupyter_core an environment's own kernels come before the user's."""
_NO: Final = frozenset({"0", "0.0", "no", "n", "false", "off"})


def check(case: Case) -> Verdict:
    """Look at the default kernel that a server of this environment would take."""
    prefix = case.text("env.prefix")
    if prefix is None or case.text("env.kind") == "system":
        return NO_ENVIRONMENT
    if server_installed(case) is None or "ipykernel" not in case.packages:
        return NO_JUPYTER
    rows = case.records("jupyter.kernelspecs")
    row = next((row for row in rows if row.get("name") == _DEFAULT), None)
    if row is None or not _other(row, prefix) or not _user_first(case):
        return None
    path = str(row["path"])
    return warning(
        "jupyter.kernelspecs",
        "env.prefix",
        name=_DEFAULT,
        path=path,
        program=row["program"],
        prefix=prefix,
        steps=(_step(case, path),),
    )


def _other(row: Record, prefix: str) -> bool:
    target = row.get("prefix")
    outside = not str(row.get("path")).startswith(prefix.rstrip("/") + "/")
    return bool(row.get("exists")) and outside and target is not None and target != prefix


def _user_first(case: Case) -> bool:
    wish = case.variables.get("JUPYTER_PREFER_ENV_PATH")
    if wish is not None:
        return wish.strip().lower() in _NO
    base = any(row.get("base") for row in case.records("env.conda"))
    base = base and case.text("env.kind") == "conda"
    return base or older(case.packages.get("jupyter-core"), _ENVIRONMENT_FIRST)


def _step(case: Case, path: str) -> Step:
    if owner_of(case, path) is Privilege.ROOT:
        return Command(("sudo", "rm", "-r", path), Privilege.ROOT)
    windows = case.machine.os == "windows"
    pure: PurePath = PureWindowsPath(path) if windows else PurePosixPath(path)
    return MoveAway(pure, Privilege.USER)
