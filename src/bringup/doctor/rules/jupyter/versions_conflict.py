"""Packages of Jupyter are here in versions that do not work together.

{package} {version} and {other} {other_version} fail together: "{message}".

Finds: pairs of releases that pip installs side by side, for nothing in their metadata forbids it,
and of which one does not start.

Why: Jupyter is made of many packages, and old ones name no upper limit for the others. An upgrade
of a single one, or an old image with a new package on top, ends in a pair that was never tried.

Evidence: `env.packages`.

Fix: `{command}`.

False alarms: a package that was mended by hand, or by the distribution.

References: https://github.com/jupyter/notebook/pull/7051 notebook before 6.5.6 and traitlets 5.10
https://github.com/jupyter/nbconvert/issues/1736 nbconvert before 6.4.5 and jinja2 3.1
https://github.com/ipython/ipython/issues/12740 ipython before 7.20 and jedi 0.18

---

Jupyter 的软件包版本不能一起工作。

{package} {version} 与 {other} {other_version} 一起使用会失败："{message}"。

发现：pip 能同时安装（元数据没有禁止）、但其中一个无法启动的版本组合。

原因：Jupyter 由许多软件包组成，旧版本没有为其他软件包写明上限。只升级其中一个，或在旧镜像上加装新
软件包，就会得到从未试过的组合。

修复：`{command}`。

误报：由人工或发行版修补过的软件包。
"""

from __future__ import annotations

from typing import Final, NamedTuple

from packaging.specifiers import SpecifierSet

from bringup.doctor.case import Case
from bringup.doctor.rule import NO_ENVIRONMENT, NO_JUPYTER, Verdict, error


class _Pair(NamedTuple):
    """Releases of a package that fail beside releases of another one."""

    package: str
    when: str
    other: str
    other_when: str
    mended: str
    message: str


# Checked on 2026-11-24 against the threads under References; metadata does not guard them.
_PAIRS: Final = (
    _Pair(
        "notebook",
        "<6.5.6,!=6.4.13",
        "traitlets",
        ">=5.10",
        ">=6.5.6,<7",
        "TypeError: warn() missing 1 required keyword-only argument: 'stacklevel'",
    ),
    _Pair(
        "nbconvert",
        "<6.4.5",
        "jinja2",
        ">=3.1",
        ">=6.4.5",
        "ImportError: cannot import name 'contextfilter' from 'jinja2'",
    ),
    _Pair(
        "ipython",
        "<7.20,!=7.16.2,!=7.16.3",
        "jedi",
        ">=0.18",
        ">=7.20",
        "TypeError: __init__() got an unexpected keyword argument 'column'",
    ),
)
_MARKS: Final = frozenset({"notebook", "nbconvert", "ipython", "ipykernel", "jupyter-server"})


def check(case: Case) -> Verdict:
    """Hold what is installed against the pairs."""
    packages = case.packages
    if not packages:
        return NO_ENVIRONMENT
    if not _MARKS & set(packages):
        return NO_JUPYTER
    for pair in _PAIRS:
        if _fits(packages.get(pair.package), pair.when) and _fits(
            packages.get(pair.other), pair.other_when
        ):
            wanted = f"{pair.package}{pair.mended}"
            return error(
                "env.packages",
                package=pair.package,
                version=packages[pair.package],
                other=pair.other,
                other_version=packages[pair.other],
                message=pair.message,
                command=f'{case.text("env.python") or "python"} -m pip install "{wanted}"',
            )
    return None


def _fits(version: str | None, specifier: str) -> bool:
    return version is not None and SpecifierSet(specifier).contains(version, prereleases=True)
