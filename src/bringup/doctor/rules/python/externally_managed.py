"""Packages were put into the system's own Python with pip.

{python} belongs to the system, and pip installed {count} packages into it: {packages}.

Finds: packages from pip or uv in a Python of a Linux distribution that is marked as externally
managed, outside containers.

Why: such a Python refuses pip with "error: externally-managed-environment". Who passes
--break-system-packages or runs `sudo pip` mixes two package managers in one folder: tools of the
distribution import the new versions and break, and the next upgrade of the system breaks the rest.

Evidence: `env.externally_managed`, `env.kind`, `env.packages`, `os.family`; also `env.python`,
`variables.set`, `surroundings.container`.

Fix: give the project an environment of its own: `bringup up`, or `{python} -m venv .venv`. Then
take the packages out of the system: `sudo {python} -m pip uninstall --break-system-packages
{names}`.

False alarms: a machine that is thrown away after the work.

References: https://packaging.python.org/en/latest/specifications/externally-managed-environments/
what the mark means
https://peps.python.org/pep-0668/ why it is there

---

系统自带的 Python 中被 pip 安装了软件包。

{python} 属于系统，而 pip 在其中安装了 {count} 个软件包：{packages}。

发现：容器之外，Linux 发行版中标记为由外部管理的 Python 里有来自 pip 或 uv 的软件包。

原因：这样的 Python 会以 "error: externally-managed-environment" 拒绝 pip。使用
--break-system-packages 或 `sudo pip` 会在一个文件夹中混用两个包管理器：发行版的工具会导入新版本而损
坏，下一次系统升级会破坏其余部分。

修复：给项目一个自己的环境：`bringup up`，或 `{python} -m venv .venv`。然后把这些软件包从系统中移
除： `sudo {python} -m pip uninstall --break-system-packages {names}`。

误报：用完即弃的机器。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.installed import HAND_INSTALLERS
from bringup.doctor.rule import NOT_LINUX, Verdict, warning

_OWN: Final = frozenset({"pip", "setuptools", "wheel", "uv", "virtualenv", "pipx"})
"""Tools that make environments: people put them there for just that."""
_SHOWN: Final = 5


def check(case: Case) -> Verdict:
    """Look for pip's packages in the system's Python."""
    if not case.linux:
        return NOT_LINUX
    managed = case.value("env.externally_managed") is True and case.text("env.kind") == "system"
    if not managed or case.in_container:
        return None
    rows = [row for row in case.records("env.packages") if row.get("installer") in HAND_INSTALLERS]
    names = [str(row["name"]) for row in rows if row["name"] not in _OWN]
    if not names:
        return None
    more = " ..." if len(names) > _SHOWN else ""
    return warning(
        "env.externally_managed",
        "env.packages",
        python=case.text("env.python") or "python3",
        count=len(names),
        packages=", ".join(names[:_SHOWN]) + more,
        names=" ".join(names[:_SHOWN]) + more,
    )
