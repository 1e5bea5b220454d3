"""Python is too old for the framework.

Python {version} is older than {who} wants ({wanted}).

Finds: a Python below what the project's lock serves (an error); without a lock, one that torch left
behind: the newest torch for it is more than a year older than the newest of all (a warning). The
system's own Python is judged only when a framework is installed in it.

Why: pip does not complain, it takes the last release that still served this Python. New GPUs, model
code and fixes are missing, and newer packages refuse to install.

Evidence: `env.python_version`, `env.kind`, `env.packages`; also `env.python`.

Fix: `{command}`. uv brings the Python itself: `uv python install {minor}` needs no rights.

False alarms: an old project that is kept as it is.

References: https://devguide.python.org/versions/ until when a Python gets fixes
https://github.com/pytorch/pytorch/blob/main/RELEASE.md#release-compatibility-matrix which Pythons a
release serves

---

Python 对框架来说太旧。

Python {version} 比 {who} 的要求（{wanted}）更旧。

发现：Python 低于项目锁文件所支持的版本（错误）；没有锁文件时，是已被 torch 抛下的 Python：适用于它
的最新 torch 比所有版本中最新的早一年以上（警告）。系统自带的 Python 只有在其中安装了框架时才判断。

原因：pip 不会抱怨，而是采用仍支持该 Python 的最后一个版本。新 GPU、模型代码和修复都会缺失，较新的软
件包拒绝安装。

修复：`{command}`。uv 可自带 Python：`uv python install {minor}` 不需要权限。

误报：原样保留的旧项目。
"""

from __future__ import annotations

from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.python_range import (
    STALE,
    is_for_training,
    minor_of,
    torch_pythons,
    wanted_by_lock,
)
from bringup.doctor.rule import Found, Severity, Verdict
from bringup.knowledge.releases import Release


def check(case: Case) -> Verdict:
    """Hold Python's version against the lock, else against torch's newest releases."""
    minor = minor_of(case)
    if minor is None:
        return None
    pythons = torch_pythons()
    limits = wanted_by_lock(case)
    if limits is not None and case.wants is not None:
        version = Version(case.text("env.python_version") or str(minor))
        above = [row for row in sorted(pythons) if row >= minor and limits.contains(f"{row}.99")]
        if limits.contains(version) or not above:
            return None
        return _found(case, case.wants.target, str(limits), above[0], Severity.ERROR)
    if not is_for_training(case) or minor > max(pythons):
        return None
    mine, newest = pythons.get(minor), next(iter(pythons.values()))
    if mine is not None and not _is_stale(mine, newest):
        return None
    oldest = min(version for version, row in pythons.items() if row.version == newest.version)
    return _found(case, newest.label, f">={oldest}", oldest, Severity.WARNING)


def _is_stale(mine: Release, newest: Release) -> bool:
    if mine.released is None or newest.released is None:
        return False
    return newest.released - mine.released > STALE


def _found(case: Case, who: str, wanted: str, minor: Version, severity: Severity) -> Found:
    make = "bringup up" if case.wants is not None else f"uv venv --python {minor}"
    values = {
        "version": case.text("env.python_version"),
        "who": who,
        "wanted": wanted,
        "minor": str(minor),
        "command": make,
    }
    return Found(severity, values, ("env.python_version",))
