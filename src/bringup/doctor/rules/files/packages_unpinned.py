"""Packages are installed without versions.

{count} of {total} packages have no version: {packages}.

Finds: requirements without any version in a file that nothing locks.

Why: tomorrow's build installs other versions; frameworks and their extensions go together in
few combinations only.

Evidence: the file.

Fix: lock them: `bringup init` and `bringup lock` write exact versions with hashes.

False alarms: files that are the input of a lock (pyproject, requirements.in).

References: https://pip.pypa.io/en/stable/topics/repeatable-installs/ pinning and hashes

---

软件包没有指定版本。

{total} 个软件包中有 {count} 个没有版本：{packages}。

发现：没有任何版本且未被锁定的依赖要求。

原因：明天的构建会安装其他版本；框架与扩展只有少数组合相配。

修复：锁定它们：`bringup init` 和 `bringup lock` 会写入带哈希的确切版本。

误报：作为锁定输入的文件（pyproject、requirements.in）。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = tuple(Kind)

_SHOWN: Final = 6


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield one finding for all of them, at the first one's line."""
    del case
    if source.path.endswith(".in"):
        return
    rows = [(row, row.requirement) for row in source.wanted if row.requirement is not None]
    loose = [row for row, wanted in rows if not wanted.specifier and not wanted.url]
    if loose:
        names = [str(row.name) for row in loose]
        shown = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
        yield warning(line=loose[0].line, count=len(loose), total=len(rows), packages=shown)
