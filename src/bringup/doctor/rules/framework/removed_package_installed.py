"""A package is installed that its authors gave up.

{package} {version}: {effect}.

Finds: packages that were removed or renamed, that only bear the name of another, or whose
development ended.

Why: requirements files of old tutorials still name them. A new install of them fails or brings an
empty package, and they break when what is around them moves on.

Evidence: `env.packages`; also `env.python`, `env.has_pip`, `env.kind`, `env.prefix`.

Fix: `{uninstall}`, then install what took its place: `{command}`. Change the requirements file too.

False alarms: an old project that is kept as it is, with all its pins.

References: https://github.com/tensorflow/serving/pull/2096 tensorflow-gpu was removed
https://github.com/scikit-learn/sklearn-pypi-package sklearn is not scikit-learn
https://github.com/tensorflow/addons/issues/2807 the end of tensorflow-addons

---

安装了作者已放弃的软件包。

{package} {version}：{effect}。

发现：已被移除或更名的、只是借用他人名称的，或开发已结束的软件包。

原因：旧教程的依赖文件仍写着它们。重新安装会失败或只得到空包，周围的软件继续更新时它们就会损坏。

修复：`{uninstall}`，然后安装替代它的软件包：`{command}`。同时修改依赖文件。

误报：连同所有固定版本一起原样保留的旧项目。
"""

from __future__ import annotations

from bringup.base.messages import current_language
from bringup.doctor.case import Case
from bringup.doctor.installed import install_command, release_of, uninstall_command
from bringup.doctor.rule import Found, Severity, Verdict
from bringup.knowledge.installs import left_packages


def check(case: Case) -> Verdict:
    """Look for packages that the tables know as given up."""
    for row in sorted(left_packages(), key=lambda row: not row.broken):
        version = release_of(case.packages.get(row.package))
        if version is None or not row.when.contains(version, prereleases=True):
            continue
        values = {
            "package": row.package,
            "version": case.packages[row.package],
            "effect": row.effect_zh if current_language() == "zh" else row.effect,
            "uninstall": uninstall_command(case, row.package),
            "command": install_command(case, row.instead),
        }
        severity = Severity.ERROR if row.broken else Severity.WARNING
        return Found(severity, values, ("env.packages",))
    return None
