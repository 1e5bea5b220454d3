"""The C library is older than the wheels need.

glibc here is {found}; {what} needs {wanted} or newer.

Finds: a glibc below the oldest one that the locked wheels run on; without a lock, below the one
that the newest torch asks for.

Why: a wheel's tag (manylinux_2_28) names the glibc that it was built for. On an older system
installers pass it over and end with "no matching distribution" or "not a supported wheel on this
platform", and a library that was copied there ends with "version `GLIBC_2.28' not found".

Evidence: `libc.family`, `libc.version`; also `os.name`, `os.version`.

Fix: run the project in a container with a newer system, or use a newer system. Never replace the
system's own glibc: it breaks every program of the machine. To stay here, let `bringup lock` choose
releases whose wheels run on glibc {found}.

False alarms: with conda the packages of conda-forge may support an older glibc than the wheels do.

References: https://peps.python.org/pep-0600/ what a manylinux tag promises
https://github.com/pymc-devs/nutpie/issues/162 CentOS 7 passes over a wheel for manylinux_2_28
https://github.com/kexue-z/nonebot-plugin-htmlrender/issues/53 a server lost by replacing its glibc

---

C 库比 wheel 所要求的旧。

这里的 glibc 是 {found}；{what} 需要 {wanted} 或更新的版本。

发现：glibc 低于锁定的 wheel 所能运行的最低版本；没有锁文件时，低于最新 torch 所要求的版本。

原因：wheel 的标签（manylinux_2_28）写明它针对哪个 glibc 构建。在更旧的系统上，安装程序会跳过它，并
以 "no matching distribution" 或 "not a supported wheel on this platform" 结束；直接复制过来的库则
以 "version `GLIBC_2.28' not found" 结束。

修复：在带有较新系统的容器中运行项目，或换用较新的系统。切勿替换系统自带的 glibc：那会使机器上所有
程序损坏。若要留在此系统上，请让 `bringup lock` 选择其 wheel 能在 glibc {found} 上运行的版本。

误报：使用 conda 时，conda-forge 的包可能支持比 wheel 更旧的 glibc。
"""

from __future__ import annotations

import re

from packaging.version import InvalidVersion, Version

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_LINUX, Verdict, error, warning
from bringup.knowledge.releases import Release, releases

_TAG = re.compile(r"manylinux_(\d+)_(\d+)_(\w+)")
_KEYS = ("libc.version", "libc.family")


def check(case: Case) -> Verdict:
    """Compare glibc with the lock's floor, without a lock with that of the newest torch."""
    if case.text("libc.family") is None:
        return NOT_LINUX
    found = case.text("libc.version")
    if case.text("libc.family") != "glibc" or found is None:
        return None
    wants = case.wants
    if wants is not None:
        wanted = wants.platform_floor
        if wants.libc not in {None, "glibc"} or wanted is None or not _older(found, wanted):
            return None
        return error(*_KEYS, found=found, wanted=wanted, what=wants.target)
    newest = next(iter(releases("torch")), None)
    wanted = None if newest is None else _floor(newest, case.machine.arch or "x86_64")
    if newest is None or wanted is None or not _older(found, wanted):
        return None
    return warning(*_KEYS, found=found, wanted=wanted, what=newest.label)


def _floor(release: Release, arch: str) -> str | None:
    """Return the oldest glibc that a wheel of the release runs on, None when there is no wheel."""
    tags = (_TAG.fullmatch(name) for wheels in release.wheels for name in wheels.platforms)
    floors = [(int(tag[1]), int(tag[2])) for tag in tags if tag is not None and tag[3] == arch]
    return "{}.{}".format(*min(floors)) if floors else None


def _older(found: str, wanted: str) -> bool:
    try:
        return Version(found) < Version(wanted)
    except InvalidVersion:
        return False
