"""A package was withdrawn or is something else.

{package}: {note}. What is meant is {instead}.

Finds: names that are withdrawn, renamed, or belong to another project (tensorflow-gpu, sklearn,
pytorch, apex).

Why: the installation fails, or gives an empty shell that looks installed.

Evidence: the file.

Fix: ask for {instead} instead of {package}.

False alarms: old versions of such a package, pinned on purpose, that are still there.

References: https://www.tensorflow.org/install/pip one package since 2.1;
https://github.com/scikit-learn/sklearn-pypi-package why sklearn fails

---

某软件包已撤下或是其他东西。

{package}：{note}。您需要的是 {instead}。

发现：已撤下、改名或属于其他项目的名称（tensorflow-gpu、sklearn、pytorch、apex）。

原因：安装会失败，或得到看似已安装的空壳。

修复：用 {instead} 代替 {package}。

误报：有意固定的、仍存在的旧版本。
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
        if known is not None and known.kind != "absent":
            note, instead = known.note, known.instead
            yield error(line=row.line, package=row.name, note=note, instead=instead)
