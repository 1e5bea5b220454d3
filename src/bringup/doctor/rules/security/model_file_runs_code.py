"""A model file of the project runs commands when it is loaded.

{path} ({format}) would call {calls} on loading.

Finds: pickles, torch checkpoints and joblib files in the project that import what starts
programs, evaluates code, opens sockets or deletes files.

Why: a pickle is a program: whoever loads it runs it. No framework writes such calls; they are
there because somebody put them in. `torch.load(weights_only=True)`, the default since torch 2.6,
refuses them; pickle, joblib and `weights_only=False` do not.

Evidence: `project.model_files`; also `env.packages`.

Fix: do not load it. Delete {path}, get the model again from its maker, as safetensors where there
are any. If it was loaded before, change the tokens and keys that this user has.

False alarms: a pickle of one's own that calls such a function on purpose.

References: https://huggingface.co/docs/hub/security-pickle how such files work
https://docs.python.org/3/library/pickle.html never load what you do not trust
https://docs.pytorch.org/docs/stable/generated/torch.load.html weights_only
https://github.com/mmaitre314/picklescan names that are looked for

---

项目中的模型文件在加载时会运行命令。

{path}（{format}）在加载时会调用 {calls}。

发现：项目中的 pickle、torch 检查点和 joblib 文件，导入了会启动程序、执行代码、打开套接字或删除文
件的函数。

原因：pickle 就是程序：加载它就是运行它。没有框架会写出这样的调用；它们是有人放进去的。torch 2.6
起默认的 `torch.load(weights_only=True)` 会拒绝；pickle、joblib 和 `weights_only=False` 不会。

修复：不要加载。删除 {path}，从作者处重新获取模型，尽可能使用 safetensors。如果曾经加载过，请更换
此用户的令牌和密钥。

误报：自己制作的、有意调用此类函数的 pickle。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.rule import Verdict, error

# What a scanner of pickles looks for (github.com/mmaitre314/picklescan, seen on 2026-11-24), less
# what plain checkpoints hold, too. `None` stands for all names of a module.
_BUILTINS: Final = frozenset(
    {"eval", "exec", "compile", "open", "breakpoint", "__import__", "execfile", "apply"}
)
_DANGEROUS: Final[dict[str, frozenset[str] | None]] = {
    "builtins": _BUILTINS,
    "__builtin__": _BUILTINS,
    "os": None,
    "posix": None,
    "nt": None,
    "subprocess": None,
    "socket": None,
    "pty": None,
    "runpy": None,
    "shutil": None,
    "webbrowser": None,
    "commands": None,
    "ctypes": None,
    "importlib": frozenset({"import_module"}),
    "sys": None,
    "pdb": None,
    "bdb": None,
    "timeit": None,
    "code": None,
    "requests": None,
    "requests.api": None,
    "urllib.request": None,
    "http.client": None,
    "asyncio": None,
    "pip": None,
    "torch.hub": None,
}


def check(case: Case) -> Verdict:
    """Look through what the pickles would import."""
    for row in case.records("project.model_files"):
        calls = [str(name) for name in row.get("imports") or () if _dangerous(str(name))]
        if calls:
            return error(
                "project.model_files",
                path=row["path"],
                format=row["format"],
                calls=", ".join(name.replace(" ", ".") for name in calls),
            )
    return None


def _dangerous(name: str) -> bool:
    """Judge an import as the probe writes it: the module, a blank, the name in it."""
    module, _, what = name.partition(" ")
    if module not in _DANGEROUS:
        return False
    names = _DANGEROUS[module]
    return names is None or what in names
