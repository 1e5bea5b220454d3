"""The project's environment is not what its lock says.

{count} packages differ from the target {target}: {packages}.

Finds: locked packages that are missing or of another version in the project's environment. What is
there beyond the lock is not counted.

Why: a `pip install` by hand, or an interrupted sync, changed it. What was verified, and what the
other machines run, is the lock; results and failures are then this machine's alone.

Evidence: `env.packages`, `env.kind`.

Fix: `bringup sync --again` makes it what the lock says. To keep what was installed by hand, write
it into bringup.toml and run `bringup lock`.

False alarms: a package that is being tried out on purpose.

References: https://packaging.python.org/en/latest/specifications/pylock-toml/ what a lock promises

---

项目的环境与其锁文件不一致。

有 {count} 个软件包与目标 {target} 不同：{packages}。

发现：锁定的软件包在项目环境中缺失或版本不同。锁文件之外的软件包不计。

原因：手动运行的 `pip install` 或中断的同步改变了环境。经过验证的、其他机器运行的是锁文件的内容；此
时的结果和故障只属于这台机器。

修复：`bringup sync --again` 使其与锁文件一致。要保留手动安装的内容，请把它写入 bringup.toml 并运行
`bringup lock`。

误报：有意试用的软件包。
"""

from __future__ import annotations

from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.installed import NOT_THE_PROJECTS, version_of
from bringup.doctor.rule import NO_LOCK, Found, Severity, Verdict

_SHOWN: Final = 6
"""Packages that the message names; a rebuilt environment may differ in hundreds."""


def check(case: Case) -> Verdict:
    """Compare the environment with the locked packages."""
    if case.wants is None or not case.wants.packages:
        return NO_LOCK
    if case.text("env.kind") != "project":
        return NOT_THE_PROJECTS
    missing = [name for name in case.wants.packages if name not in case.packages]
    changed = [
        name
        for name, locked in case.wants.packages.items()
        if name in case.packages and _differs(locked, case.packages[name])
    ]
    if not missing and not changed:
        return None
    rows = [f"{name} {case.packages[name]} ({case.wants.packages[name]})" for name in changed]
    rows += [f"- ({name} {case.wants.packages[name]})" for name in missing]
    more = " ..." if len(rows) > _SHOWN else ""
    values = {
        "count": len(rows),
        "target": case.wants.target,
        "packages": ", ".join(rows[:_SHOWN]) + more,
    }
    severity = Severity.ERROR if missing else Severity.WARNING
    return Found(severity, values, ("env.packages",))


def _differs(locked: str, found: str) -> bool:
    one, other = version_of(locked), version_of(found)
    if one is None or other is None:
        return locked != found
    # A lock without a local part leaves the build open: mirrors keep wheels under plain names.
    return one != other if one.local else one.public != other.public
