"""Two environments are active at once, and programs disagree on which one.

{variable} says {active}, but `python` on PATH is {python}.

Finds: an active virtual environment or conda environment that the first python on PATH does not
belong to.

Why: conda was activated after a venv, a shell profile or pyenv puts its own folder before it, or
the folder was moved. uv and editors go by the variable, the shell goes by PATH: packages are
installed in one place and missing in the other ("ModuleNotFoundError" right after an install).

Evidence: `variables.set`, `env.python_on_path`; also `env.python`, `os.family`.

Fix: leave both, `deactivate; conda deactivate`, and activate only one; `which -a python` shows the
order. Keep conda's base from starting by itself: `conda config --set auto_activate_base false`.

False alarms: None known.

References: https://docs.astral.sh/uv/pip/environments/#discovery-of-python-environments uv's order
https://github.com/astral-sh/uv/issues/8940 packages that went to conda
https://github.com/conda/conda/issues/10401 pyenv stays first on PATH

---

两个环境同时处于激活状态，各程序认定的环境不同。

{variable} 为 {active}，但 PATH 上的 `python` 是 {python}。

发现：已激活虚拟环境或 conda 环境，但 PATH 上的第一个 python 不属于它。

原因：在 venv 之后又激活了 conda，shell 配置或 pyenv 把自己的文件夹放在前面，或环境文件夹被移动
过。uv 和编辑器依据变量，shell 依据 PATH：软件包装在一处，在另一处却找不到（刚安装完就出现
"ModuleNotFoundError"）。

修复：退出两者，`deactivate; conda deactivate`，再只激活一个；`which -a python` 会显示顺序。要避免
conda 的 base 自动启动：`conda config --set auto_activate_base false`。

误报：未知。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning


def check(case: Case) -> Verdict:
    """Hold the variables of the active environment against PATH."""
    python = case.text("env.python_on_path")
    if python is None:
        return None
    # A venv inside an active conda is how many work; the venv then stands first.
    for variable in ("VIRTUAL_ENV", "CONDA_PREFIX"):
        active = case.variables.get(variable)
        if active:
            if _inside(python, active):
                return None
            return warning(
                "variables.set",
                "env.python_on_path",
                variable=variable,
                active=active,
                python=python,
            )
    return None


def _inside(path: str, folder: str) -> bool:
    one, other = (text.replace("\\", "/").rstrip("/") for text in (path, folder))
    # Windows keeps no case, and a Mac's disk seldom does.
    return one.lower().startswith(other.lower() + "/")
