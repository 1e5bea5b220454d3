"""PYTHONPATH or PYTHONHOME leads Python into another installation.

{variable} names {path}, which does not belong to Python {version} here.

Finds: entries of PYTHONPATH that are the site folder of another Python version, and a PYTHONHOME
that is not this Python's own.

Why: modules of HPC clusters, ROS and old installers set them for all programs. Entries of
PYTHONPATH come before every environment's own packages; compiled modules of another Python cannot
be loaded ("No module named numpy.core._multiarray_umath"). With a foreign PYTHONHOME Python does
not start: "Fatal Python error: init_fs_encoding".

Evidence: `variables.set`, `env.python_version`; also `env.prefix`, `env.python`.

Fix: `unset {variable}` in this shell (Windows: `set {variable}=`), and take the line out of the
profile or module that sets it. ROS and cluster modules belong in a shell of their own.

False alarms: a folder with pure Python modules that only bears another version's name.

References: https://docs.python.org/3/using/cmdline.html#envvar-PYTHONPATH what the variables do
https://github.com/numpy/numpy/issues/14034 NumPy's message, and its advice on PYTHONPATH

---

PYTHONPATH 或 PYTHONHOME 把 Python 引向另一个安装。

{variable} 指向 {path}，它不属于这里的 Python {version}。

发现：PYTHONPATH 的条目是另一个 Python 版本的 site 文件夹，或 PYTHONHOME 不是该 Python 自己的。

原因：HPC 集群的模块、ROS 和旧的安装程序会为所有程序设置它们。PYTHONPATH 的条目排在每个环境自己的软
件包之前；其他 Python 的编译模块无法加载（"No module named
numpy.core._multiarray_umath"）。PYTHONHOME 指向别处时 Python 无法启动："Fatal Python error:
init_fs_encoding"。

修复：在该 shell 中 `unset {variable}`（Windows：`set {variable}=`），并从设置它的配置或模块中删除该
行。ROS 和集群模块应使用单独的 shell。

误报：只是名称中带有其他版本号的纯 Python 模块文件夹。
"""

from __future__ import annotations

import re
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import Found, Severity, Verdict
from bringup.doctor.steps import SetVariable

_SITE: Final = re.compile(r"[/\\]python(3\.\d+)t?[/\\](?:site|dist)-packages", re.IGNORECASE)
_SITE_WINDOWS: Final = re.compile(r"[/\\]python3(\d+)[/\\]lib[/\\]site-packages", re.IGNORECASE)
_ENTRY: Final = re.compile(r"[A-Za-z]:[/\\][^;]*|[^:;]+")


def check(case: Case) -> Verdict:
    """Look at what the two variables name."""
    version = case.text("env.python_version")
    if version is None:
        return None
    home = case.variables.get("PYTHONHOME")
    if home and not _own(home, case.text("env.prefix") or home):
        return _found("PYTHONHOME", home, version, Severity.ERROR)
    minor = ".".join(version.split(".")[:2])
    for entry in _ENTRY.findall(case.variables.get("PYTHONPATH", "")):
        other = _version_of(entry)
        if other is not None and other != minor:
            return _found("PYTHONPATH", entry, version, Severity.WARNING)
    return None


def _version_of(entry: str) -> str | None:
    if match := _SITE.search(entry):
        return match[1]
    match = _SITE_WINDOWS.search(entry)
    return None if match is None else f"3.{match[1]}"


def _own(home: str, prefix: str) -> bool:
    one, other = (text.replace("\\", "/").rstrip("/").lower() for text in (home, prefix))
    return one == other


def _found(variable: str, path: str, version: str, severity: Severity) -> Found:
    values = {"variable": variable, "path": path, "version": version}
    return Found(severity, values, ("variables.set",), (SetVariable(variable, None),))
