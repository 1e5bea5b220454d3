"""Python cannot make virtual environments with pip.

{python} has no ensurepip: `python3 -m venv` fails.

Finds: a system Python on Linux without ensurepip, where no other Python here can make environments.

Why: Debian and Ubuntu keep that part in a package of its own, and small images leave it out. The
command ends with "The virtual environment was not created successfully because ensurepip is not
available" and leaves a half-made folder.

Evidence: `env.has_ensurepip`, `env.kind`, `os.family`; also `env.python`, `env.python_version`,
`os.name`, `python.interpreters`.

Fix: `{command}`, then delete the half-made folder and try again. Without rights: `uv venv` and
`bringup up` need no ensurepip.

False alarms: a machine where only uv or conda makes environments.

References: https://docs.python.org/3/library/ensurepip.html what it is
https://bugs.launchpad.net/ubuntu/+source/python3.4/+bug/1290847 why it is apart
https://github.com/pypa/virtualenv/issues/1059 the message

---

Python 无法建立带 pip 的虚拟环境。

{python} 没有 ensurepip：`python3 -m venv` 会失败。

发现：Linux 上的系统 Python 没有 ensurepip，且这里没有其他能建立环境的 Python。

原因：Debian 和 Ubuntu 把这部分放在单独的软件包中，精简镜像也会省略它。该命令会以 "The virtual
environment was not created successfully because ensurepip is not available" 结束，并留下半成品文件
夹。

修复：`{command}`，然后删除半成品文件夹再试。没有权限时：`uv venv` 和 `bringup up` 不需要
ensurepip。

误报：只用 uv 或 conda 建立环境的机器。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.distribution import package_command, package_steps
from bringup.doctor.rule import NOT_LINUX, Verdict, warning


def check(case: Case) -> Verdict:
    """Look for ensurepip, in this Python and the others."""
    if not case.linux:
        return NOT_LINUX
    if case.text("env.kind") != "system" or case.value("env.has_ensurepip") is not False:
        return None
    if any(row.has_venv for row in case.machine.interpreters):
        return None
    minor = ".".join((case.text("env.python_version") or "3").split(".")[:2])
    names = {"debian": f"python{minor}-venv", "fedora": "python3-pip", "alpine": "py3-pip"}
    return warning(
        "env.has_ensurepip",
        "env.python",
        steps=package_steps(case, names),
        python=case.text("env.python") or "python3",
        command=package_command(case, names),
    )
