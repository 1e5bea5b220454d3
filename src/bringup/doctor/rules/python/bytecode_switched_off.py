"""Python may not keep compiled modules, and nothing compiled them before.

PYTHONDONTWRITEBYTECODE is set, and uv installed {package} without compiling it: each start compiles
thousands of files anew.

Finds: the variable beside a framework that uv installed, without UV_COMPILE_BYTECODE.

Why: Dockerfiles set it to keep images small. pip compiles while it installs, so it did no harm; uv
leaves that to the first start, which then may not keep the result. Every start, every worker of a
data loader and every test run pays seconds for it.

Evidence: `variables.set`, `env.packages`; also `env.prefix`, `surroundings.container`.

Fix: `unset PYTHONDONTWRITEBYTECODE`, or compile once while the image is built: `ENV
UV_COMPILE_BYTECODE=1` before `uv sync`, or `python -m compileall -q {prefix}`.

False alarms: an environment that was compiled by hand after the install.

References: https://docs.astral.sh/uv/guides/integration/docker/#compiling-bytecode for images
https://docs.python.org/3/using/cmdline.html#envvar-PYTHONDONTWRITEBYTECODE the variable

---

Python 不得保存编译后的模块，而之前也没有编译过。

已设置 PYTHONDONTWRITEBYTECODE，且 uv 安装 {package} 时没有编译：每次启动都要重新编译数千个文件。

发现：设置了该变量，而框架由 uv 安装且没有 UV_COMPILE_BYTECODE。

原因：Dockerfile 设置它以减小镜像。pip 在安装时就会编译，因此没有害处；uv 把编译留到首次启动，而此时
结果不得保存。每次启动、数据加载器的每个进程和每次测试都要为此多花数秒。

修复：`unset PYTHONDONTWRITEBYTECODE`，或在构建镜像时编译一次：在 `uv sync` 之前设置 `ENV
UV_COMPILE_BYTECODE=1`，或运行 `python -m compileall -q {prefix}`。

误报：安装后已手动编译的环境。
"""

from __future__ import annotations

from bringup.doctor.case import Case
from bringup.doctor.installed import FRAMEWORKS, installers
from bringup.doctor.rule import Verdict, warning
from bringup.doctor.steps import SetVariable

_VARIABLE = "PYTHONDONTWRITEBYTECODE"
_NO = frozenset({"", "0", "false", "no", "off"})


def check(case: Case) -> Verdict:
    """Look for the variable where uv left the compiling to Python."""
    if not case.variables.get(_VARIABLE):
        return None
    compiled = case.variables.get("UV_COMPILE_BYTECODE", "").lower() not in _NO
    by = installers(case)
    package = next((name for name in FRAMEWORKS if by.get(name) == "uv"), None)
    if compiled or package is None:
        return None
    return warning(
        "variables.set",
        "env.packages",
        steps=(SetVariable(_VARIABLE, None),),
        package=package,
        prefix=case.text("env.prefix") or ".venv",
    )
