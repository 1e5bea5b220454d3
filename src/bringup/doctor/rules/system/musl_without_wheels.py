"""The C library is musl, and the frameworks have no wheels for it.

The C library here is musl {found}; there are no wheels for it of {packages}.

Finds: musl (Alpine Linux), where the locked packages, or the frameworks when there is no lock, are
published for glibc only.

Why: wheels tagged manylinux are linked against glibc and do not load on musl. An installer then
reports "no matching distribution", or starts a build from source that takes hours and fails in the
end.

Evidence: `libc.family`, `libc.version`; also `surroundings.container`, `os.name`.

Fix: use an image with glibc. In a Dockerfile write `FROM python:3.12-slim` instead of `FROM
python:3.12-alpine`; packages of the system are then installed with `apt-get` instead of `apk`.

False alarms: packages that were built for musl by yourself and stand in an index or folder of your
own.

References: https://peps.python.org/pep-0656/ what a musllinux tag promises
https://github.com/docker-library/python/issues/341 torch cannot be installed on python:3.7-alpine
https://github.com/astral-sh/uv/issues/7361 a package is compiled on Alpine though it has wheels

---

C 库是 musl，而各框架没有对应的 wheel。

这里的 C 库是 musl {found}；{packages} 没有适用于它的 wheel。

发现：系统使用 musl（Alpine Linux），而锁定的包（没有锁文件时指各框架）只发布了用于 glibc 的
wheel。

原因：带 manylinux 标签的 wheel 链接到 glibc，在 musl 上无法加载。安装程序会报告 "no matching
distribution"，或开始从源码构建，耗时数小时且最终失败。

修复：使用带 glibc 的镜像。在 Dockerfile 中把 `FROM python:3.12-alpine` 改为 `FROM
python:3.12-slim`；系统软件包随之用 `apt-get` 而不是 `apk` 安装。

误报：您自己为 musl 构建、并放在自己的索引或文件夹中的包。
"""

from __future__ import annotations

from collections.abc import Mapping

from packaging.version import InvalidVersion, Version

from bringup.doctor.case import Case
from bringup.doctor.rule import NOT_LINUX, Verdict, error
from bringup.knowledge.releases import Release, releases

_FRAMEWORKS = ("torch", "tensorflow", "jaxlib", "onnxruntime")
_SHOWN = 4
"""Names of packages that a message holds well."""


def check(case: Case) -> Verdict:
    """Look for packages that have wheels for Linux, but none for musl."""
    family = case.text("libc.family")
    if family is None:
        return NOT_LINUX
    if family != "musl":
        return None
    wants = case.wants
    if wants is not None and wants.libc == "musl":
        return None
    packages = _frameworks() if wants is None else _without_wheels(wants.packages)
    if not packages:
        return None
    return error(
        "libc.family",
        "libc.version",
        found=case.text("libc.version") or "",
        packages=", ".join(packages[:_SHOWN]),
    )


def _frameworks() -> list[str]:
    newest = (next(iter(releases(name)), None) for name in _FRAMEWORKS)
    return [row.package for row in newest if row is not None and _only_glibc(row)]


def _without_wheels(packages: Mapping[str, str]) -> list[str]:
    found = []
    for name, text in packages.items():
        try:
            version = Version(Version(text).public)
        except InvalidVersion:
            continue
        row = next((row for row in releases(name) if row.version == version), None)
        if row is not None and _only_glibc(row):
            found.append(row.package)
    return found


def _only_glibc(release: Release) -> bool:
    tags = [tag for wheels in release.wheels for tag in wheels.platforms]
    return any("manylinux" in tag for tag in tags) and not any("musllinux" in tag for tag in tags)
