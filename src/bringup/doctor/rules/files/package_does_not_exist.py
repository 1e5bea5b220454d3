"""No such package exists.

The index has no package called {package}. What is meant is probably {instead}.

Finds: names that are known to be absent from the default index (keras-tensorflow, cv2, opencv,
torch-gpu).

Why: the installation fails; and whoever takes such a name may put anything there.

Evidence: the file.

Fix: ask for {instead} instead of {package}.

False alarms: packages of that name on an index of your own.

References: https://packaging.python.org/en/latest/tutorials/installing-packages/ names are
those of the index, not of the module

---

不存在这样的软件包。

索引中没有名为 {package} 的软件包。您可能需要 {instead}。

发现：已知在默认索引中不存在的名称（keras-tensorflow、cv2、opencv、torch-gpu）。

原因：安装会失败；而且任何人都可能抢注此名称并放入任意内容。

修复：用 {instead} 代替 {package}。

误报：您自己的索引上有此名称的软件包。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, error
from bringup.knowledge.package_names import wrong_names

KINDS: Final = tuple(Kind)


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield such names."""
    del case
    for row in source.wanted:
        known = wrong_names().get(row.name or "")
        if known is not None and known.kind == "absent":
            yield error(line=row.line, package=row.name, instead=known.instead)
