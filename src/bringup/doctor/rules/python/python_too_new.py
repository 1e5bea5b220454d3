"""Python is newer than the framework has packages for.

Python {version} is newer than {who} can use; wanted is {wanted}.

Finds: a Python above what the project's lock serves; without a lock, one that no release of torch
in the tables has wheels for.

Why: frameworks follow a new Python months later. Until then pip finds nothing ("Could not find a
version that satisfies the requirement torch (from versions: none)") or tries to build from source
and fails after a long time.

Evidence: `env.python_version`, `env.kind`; also `env.python`, `env.packages`.

Fix: `{command}`. uv brings the Python itself: `uv python install {minor}` needs no rights.

False alarms: an environment without a framework.

References: https://github.com/pytorch/pytorch/blob/main/RELEASE.md#release-compatibility-matrix
which Pythons a release serves
https://devguide.python.org/versions/ the state of Python's versions

---

Python 比框架提供软件包的版本更新。

Python {version} 比 {who} 所能使用的更新；需要的是 {wanted}。

发现：Python 高于项目锁文件所支持的版本；没有锁文件时，是表中没有任何 torch 版本为其提供轮子的
Python。

原因：框架在新 Python 发布数月后才会跟进。在此之前 pip 找不到任何版本（"Could not find a version
that satisfies the requirement torch (from versions: none)"），或尝试从源码构建并在很久之后失败。

修复：`{command}`。uv 可自带 Python：`uv python install {minor}` 不需要权限。

误报：不含框架的环境。
"""

from __future__ import annotations

from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.python_range import is_for_training, minor_of, torch_pythons, wanted_by_lock
from bringup.doctor.rule import Found, Verdict, error


def check(case: Case) -> Verdict:
    """Hold Python's version against the lock, else against torch."""
    minor = minor_of(case)
    if minor is None:
        return None
    served = [version for version in sorted(torch_pythons()) if version <= minor]
    limits = wanted_by_lock(case)
    if limits is not None:
        version = Version(case.text("env.python_version") or str(minor))
        lower = [row for row in served if limits.contains(row) or limits.contains(f"{row}.99")]
        # Python is too new only where the lock serves an older one.
        if limits.contains(version) or not lower or case.wants is None:
            return None
        return _found(case, case.wants.target, str(limits), lower[-1])
    newest = max(torch_pythons())
    if minor <= newest or not is_for_training(case):
        return None
    return _found(case, "torch", f"<={newest}", newest)


def _found(case: Case, who: str, wanted: str, minor: Version) -> Found:
    make = "bringup up" if case.wants is not None else f"uv venv --python {minor}"
    return error(
        "env.python_version",
        version=case.text("env.python_version"),
        who=who,
        wanted=wanted,
        minor=str(minor),
        command=make,
    )
