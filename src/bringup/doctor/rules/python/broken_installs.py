"""Leftovers of broken installs lie among the packages.

In {folder}: {names}.

Finds: folders like ~orch that pip left when it was interrupted, metadata without its METADATA file,
and packages with two sets of metadata.

Why: an install was killed, the disk was full, or on Windows a library was in use. pip then prints
"Ignoring invalid distribution ~orch" with every command; metadata without files lets pip believe
that a package is there, or ends with a TypeError; with two sets nobody knows which version is
imported.

Evidence: `env.broken`, `env.duplicates`; also `env.packages`, `env.prefix`, `env.python`,
`env.has_pip`, `env.kind`, `variables.set`.

Fix: stop programs that use this Python, delete the named folders (those with ~ are never used),
then run `{command}`.

False alarms: pip running in this very moment.

References: https://github.com/pypa/pip/issues/11857 folders with a tilde
https://github.com/pypa/pip/issues/11849 the warning, and what it means

---

软件包中残留着损坏安装的遗留物。

在 {folder} 中：{names}。

发现：pip 被中断时留下的 ~orch 之类的文件夹、缺少 METADATA 文件的元数据，以及有两份元数据的软件包。

原因：安装被终止、磁盘已满，或在 Windows 上库正在使用中。之后 pip 每次都会提示 "Ignoring invalid
distribution ~orch"；没有文件的元数据会让 pip 以为软件包存在，或以 TypeError 结束；有两份时无人知道
导入的是哪个版本。

修复：停止使用该 Python 的程序，删除所列文件夹（带 ~ 的从不被使用），然后运行 `{command}`。

误报：此刻正在运行的 pip。
"""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import Final

from packaging.utils import canonicalize_name

from bringup.doctor.case import Case
from bringup.doctor.installed import install_command, privilege_of
from bringup.doctor.rule import Verdict, warning
from bringup.doctor.steps import MoveAway, Step

_SHOWN: Final = 6
_TENSORBOARD: Final = frozenset({"tensorboard", "tb-nightly"})
"""Their double metadata has a rule of its own."""


def check(case: Case) -> Verdict:
    """Look at what is broken or doubled."""
    broken = [str(name) for name in case.value("env.broken") or ()]
    doubled = [str(name) for name in case.value("env.duplicates") or ()]
    doubled = [name for name in doubled if name not in _TENSORBOARD]
    if not broken and not doubled:
        return None
    names = [*broken, *doubled]
    folders = sorted({str(row["location"]) for row in case.records("env.packages")})
    again = sorted({*doubled, *filter(None, (_package_of(name) for name in broken))})
    command = (
        install_command(case, "--force-reinstall", "--no-deps", *again)
        if again
        else f"{case.text('env.python') or 'python'} -m pip check"
    )
    more = " ..." if len(names) > _SHOWN else ""
    return warning(
        "env.broken",
        "env.duplicates",
        steps=_steps(case, broken, folders) if not doubled else (),
        folder=", ".join(folders) or case.text("env.prefix") or "site-packages",
        names=", ".join(names[:_SHOWN]) + more,
        command=command,
    )


def _package_of(name: str) -> str | None:
    """Return the package to install again; none for a leftover that pip itself put aside."""
    stem = name.partition("-")[0]
    return None if stem.startswith("~") else canonicalize_name(stem)


def _steps(case: Case, broken: list[str], folders: list[str]) -> tuple[Step, ...]:
    # With several site folders nobody can say in which of them a leftover lies.
    if len(folders) != 1:
        return ()
    path = PureWindowsPath if case.machine.os == "windows" else PurePosixPath
    return tuple(MoveAway(path(folders[0]) / name, privilege_of(case)) for name in broken)
