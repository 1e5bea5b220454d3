"""A framework was put into conda's base environment.

pip installed {packages} into conda's base at {prefix}.

Finds: frameworks from pip or uv in the active base environment of conda, outside containers.

Why: conda itself runs from there. Packages of pip replace what conda depends on; then `conda` ends
with an ImportError, updates take hours or fail, and there is nothing to fall back on. All projects
share one set of versions as well.

Evidence: `env.conda`, `env.kind`, `env.packages`; also `env.python`, `surroundings.container`.

Fix: give the project an environment of its own, `bringup up` or `conda create -n work python=3.12
pip`, and take the framework out of base: `{uninstall}`. Keep base from starting by itself: `conda
config --set auto_activate_base false`.

False alarms: a machine image of a cloud whose base is meant for the work.

References: https://www.anaconda.com/docs/getting-started/working-with-conda/packages/pip-install.md
pip inside conda
https://docs.conda.io/projects/conda/en/stable/user-guide/tasks/manage-environments.html
environments

---

框架被安装到了 conda 的 base 环境中。

pip 把 {packages} 安装到了位于 {prefix} 的 conda base 中。

发现：容器之外，激活的 conda base 环境中有来自 pip 或 uv 的框架。

原因：conda 自身就在其中运行。pip 的软件包会替换 conda 所依赖的内容；之后 `conda` 会以 ImportError
结束，更新要花数小时或失败，并且没有退路。所有项目还共用一套版本。

修复：给项目一个自己的环境，`bringup up` 或 `conda create -n work python=3.12 pip`，并从 base 中卸载
框架：`{uninstall}`。要避免 base 自动启动：`conda config --set auto_activate_base false`。

误报：云的机器镜像，其 base 本来就用于工作。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.installed import (
    FRAMEWORKS,
    HAND_INSTALLERS,
    installers,
    uninstall_command,
)
from bringup.doctor.rule import Verdict, warning


def check(case: Case) -> Verdict:
    """Look for pip's frameworks in conda's base."""
    base = [row for row in case.records("env.conda") if row.get("base")]
    # Images for containers use base as their one environment, and are thrown away.
    if not base or case.text("env.kind") != "conda" or case.in_container:
        return None
    by = installers(case)
    names = [name for name in FRAMEWORKS if by.get(name) in HAND_INSTALLERS]
    if not names:
        return None
    return warning(
        "env.conda",
        "env.packages",
        packages=", ".join(f"{name} {case.packages[name]}" for name in names),
        prefix=base[0]["prefix"],
        uninstall=uninstall_command(case, *names),
    )
