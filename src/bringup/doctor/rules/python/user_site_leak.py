"""Packages of the user's own folder hide those of the conda environment.

{count} packages in the user's site folder come before those of {prefix}: {packages}.

Finds: packages that are both in ~/.local and in the conda environment, in different versions, where
this Python looks into ~/.local.

Why: a `pip install --user`, or a pip that fell back to it, put them there once. Python takes them
in every conda environment of the same version, before the environment's own. What conda installed
or upgraded is never imported: wrong versions, undefined symbols, a CPU torch.

Evidence: `env.user_site`, `env.user_site_used`, `env.kind`, `env.packages`; also `env.prefix`,
`env.python`.

Fix: keep the environment to itself: `conda env config vars set PYTHONNOUSERSITE=1`, then activate
it again. Or take them out: `{python} -m pip uninstall {names}` until nothing is left in ~/.local.

False alarms: a shared environment that is completed in ~/.local on purpose.

References: https://docs.python.org/3/using/cmdline.html#envvar-PYTHONNOUSERSITE the variable
https://github.com/conda-forge/python-feedstock/issues/171 the user's folder comes first
https://github.com/conda/conda/issues/7173 the wish to isolate environments

---

用户目录中的软件包遮住了 conda 环境中的软件包。

用户目录中有 {count} 个软件包排在 {prefix} 的之前：{packages}。

发现：同时存在于 ~/.local 和 conda 环境中且版本不同的软件包，而该 Python 会查找 ~/.local。

原因：曾经的 `pip install --user`，或 pip 自动退回到该目录，把它们放在了那里。所有同版本的 conda 环
境都会先使用它们，再使用环境自己的。conda 安装或升级的内容不会被导入：版本错误、未定义符号、CPU 构建
的 torch。

修复：让环境只用自己的：`conda env config vars set PYTHONNOUSERSITE=1`，然后重新激活。或者卸载它们：
`{python} -m pip uninstall {names}`，直到 ~/.local 中不再有这些软件包。

误报：有意在 ~/.local 中补充的共享环境。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.installed import FRAMEWORKS
from bringup.doctor.rule import Found, Severity, Verdict
from bringup.doctor.steps import SetVariable

_SHOWN: Final = 5
_GRAVE: Final = frozenset({*FRAMEWORKS, "numpy", "jaxlib", "torchvision", "scipy", "pandas"})
"""Compiled packages that others are built against: another version of them breaks those."""


def check(case: Case) -> Verdict:
    """Look for packages that the user's folder hides."""
    # In a venv the user's folder is off, or comes after the venv's own.
    if case.value("env.user_site_used") is not True or case.text("env.kind") != "conda":
        return None
    hiding = {
        str(row["name"]): str(row["version"])
        for row in case.records("env.user_site")
        if row.get("shadows") and case.packages.get(str(row["name"])) != row["version"]
    }
    if not hiding:
        return None
    names = sorted(hiding, key=lambda name: (name not in _GRAVE, name))
    shown = names[:_SHOWN]
    told = [f"{name} {hiding[name]} ({case.packages.get(name, '-')})" for name in shown]
    more = " ..." if len(names) > _SHOWN else ""
    values = {
        "count": len(names),
        "prefix": case.text("env.prefix") or "conda",
        "packages": ", ".join(told) + more,
        "names": " ".join(shown) + more,
        "python": case.text("env.python") or "python",
    }
    severity = Severity.ERROR if _GRAVE & set(names) else Severity.WARNING
    steps = (SetVariable("PYTHONNOUSERSITE", "1"),)
    return Found(severity, values, ("env.user_site", "env.packages"), steps)
