"""NumPy 2 is installed beside a package that is compiled for NumPy 1.

NumPy {numpy} is here, but these are compiled for NumPy 1: {packages}.

Finds: NumPy 2 beside releases of packages with compiled code that are older than their first
release for NumPy 2, or that the tables of conflicts know to fail with it.

Why: their metadata often sets no upper limit, so an upgrade brings NumPy 2. Then they fail with "A
module that was compiled using NumPy 1.x cannot be run in NumPy 2", "numpy.dtype size changed, may
indicate binary incompatibility" or "_ARRAY_API not found"; in torch `from_numpy` says "Numpy is not
available".

Evidence: `env.packages`; also `env.python`, `env.has_pip`, `env.kind`, `os.family`.

Fix: upgrade them, `{upgrade}`, or, where a pin forbids it, take NumPy back: `{command}`.

False alarms: a package rebuilt here for NumPy 2 under an old version; conda's own rebuilds.

References: https://github.com/numpy/numpy/issues/26191 the first release of each package for NumPy
2
https://numpy.org/doc/stable/numpy_2_0_migration_guide.html what changed
https://github.com/pytorch/pytorch/issues/107302 torch and NumPy 2

---

NumPy 2 与为 NumPy 1 编译的软件包同时安装。

这里是 NumPy {numpy}，但以下软件包是为 NumPy 1 编译的：{packages}。

发现：NumPy 2 旁边有含编译代码的软件包，其版本早于首个支持 NumPy 2 的版本，或冲突表中已知会失败。

原因：它们的元数据常常没有上限，因此升级会带来 NumPy 2。之后会出现 "A module that was compiled using
NumPy 1.x cannot be run in NumPy 2"、"numpy.dtype size changed, may indicate binary incompatibility"
或 "_ARRAY_API not found"；在 torch 中 `from_numpy` 会提示 "Numpy is not available"。

修复：升级它们，`{upgrade}`；若有固定版本不允许升级，则退回 NumPy：`{command}`。

误报：在此处为 NumPy 2 重新构建但仍用旧版本号的软件包；conda 自己的重新构建。
"""

from __future__ import annotations

from packaging.version import Version

from bringup.doctor.case import Case
from bringup.doctor.installed import (
    clashes_of,
    install_command,
    installers,
    not_installed,
    release_of,
    version_of,
)
from bringup.doctor.rule import Verdict, error
from bringup.knowledge.installs import numpy_floors

_TWO = Version("2")


def check(case: Case) -> Verdict:
    """Look for packages of NumPy 1's time beside NumPy 2."""
    numpy = version_of(case.packages.get("numpy"))
    if numpy is None:
        return not_installed("numpy")
    if numpy < _TWO:
        return None
    by = installers(case)
    old = [clash.package for clash in clashes_of(case, "numpy_incompatible")]
    for floor in numpy_floors():
        version = release_of(case.packages.get(floor.package))
        # Distributions and conda build anew for the NumPy that they ship.
        by_hand = by.get(floor.package) in {"pip", "uv"}
        if version is not None and version < floor.version and by_hand:
            old.append(floor.package)
    if not old:
        return None
    return error(
        "env.packages",
        numpy=str(numpy),
        packages=", ".join(f"{name} {case.packages[name]}" for name in old),
        upgrade=install_command(case, "--upgrade", *old),
        command=install_command(case, "numpy<2"),
    )
