"""`pip` installs into another Python than `python` runs.

`pip` on PATH is {pip} and belongs to {owner}, but `python` is {python}.

Finds: the first pip on PATH whose Python lies in another folder than the first python on PATH.

Why: the environment has no pip (uv makes them so), or PATH holds several installations. `pip
install` says that all went well, and `python` says "No module named ...".

Evidence: `env.pip_path`, `env.pip_python`, `env.python_on_path`; also `os.family`.

Fix: call pip by its Python, `{python} -m pip install ...`, and where that says "No module named
pip", `{python} -m ensurepip` once or `uv pip install --python {python} ...`.

False alarms: who always installs with uv.

References: https://packaging.python.org/en/latest/tutorials/installing-packages/ python -m pip
https://docs.astral.sh/uv/pip/environments/ environments without pip

---

`pip` 安装到的 Python 与 `python` 运行的不是同一个。

PATH 上的 `pip` 是 {pip}，属于 {owner}，但 `python` 是 {python}。

发现：PATH 上第一个 pip 的 Python 与第一个 python 不在同一文件夹中。

原因：环境中没有 pip（uv 建立的环境就是这样），或 PATH 中有多个安装。`pip install` 显示一切正常，而
`python` 提示 "No module named ..."。

修复：通过对应的 Python 调用 pip，`{python} -m pip install ...`；若提示 "No module named pip"，则运
行一次 `{python} -m ensurepip`，或使用 `uv pip install --python {python} ...`。

误报：始终用 uv 安装的人。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, warning

FOLLOWS = ("PY002",)
_HOMEBREW: Final = ("/opt/homebrew/", "/usr/local/opt/", "/usr/local/cellar/", "/home/linuxbrew/")


def check(case: Case) -> Verdict:
    """Hold pip's Python against the one on PATH."""
    pip, owner = case.text("env.pip_path"), case.text("env.pip_python")
    python = case.text("env.python_on_path")
    if pip is None or owner is None or python is None:
        return None
    if _folder(owner) == _folder(python) or _is_homebrew(owner, python):
        return None
    return warning(
        "env.pip_path",
        "env.pip_python",
        "env.python_on_path",
        pip=pip,
        owner=owner,
        python=python,
    )


def _folder(path: str) -> str:
    text = path.replace("\\", "/").lower()
    folder = text.rpartition("/")[0]
    # Most distributions have made /bin a link to /usr/bin.
    folder = "/usr/bin" if folder == "/bin" else folder
    return folder.removesuffix("/scripts")


def _is_homebrew(owner: str, python: str) -> bool:
    """Say whether both are Homebrew's, whose pip names the place behind its links."""
    brewed = [path.lower().startswith(_HOMEBREW) for path in (owner, python)]
    return all(brewed) or (brewed[0] and python.startswith("/usr/local/bin/"))
