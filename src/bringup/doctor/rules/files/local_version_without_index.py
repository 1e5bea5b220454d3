"""A local version is asked of an index that has none.

{package} is on the framework's own index only, and no such index is named.

Finds: pins with a local part (+cu128, +cpu) without --index-url, --extra-index-url or
find-links in the same file.

Why: the default index refuses local versions: "No matching distribution found".

Evidence: the file.

Fix: add `--extra-index-url https://download.pytorch.org/whl/{local}`, or leave the local part
out.

False alarms: an index that is set elsewhere (pip.conf, PIP_EXTRA_INDEX_URL).

References: https://pytorch.org/get-started/previous-versions/ the index of each build

---

向没有该版本的索引请求了本地版本。

{package} 只在框架自己的索引上，而没有指定这样的索引。

发现：带本地部分（+cu128、+cpu）的固定版本，而同一文件中没有 --index-url、
--extra-index-url 或 find-links。

原因：默认索引不接受本地版本："No matching distribution found"。

修复：添加 `--extra-index-url https://download.pytorch.org/whl/{local}`，或去掉本地部分。

误报：在别处设置的索引（pip.conf、PIP_EXTRA_INDEX_URL）。
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, error

KINDS: Final = tuple(Kind)

_INDEXES: Final = frozenset(
    {"-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--index", "--default-index"}
)
_LOCAL: Final = re.compile(r"\+((?:cu\d+|cpu|rocm[\d.]+|xpu)\b)")


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield such pins."""
    del case
    if any(row.name.endswith(("INDEX_URL", "FIND_LINKS")) for row in source.variables):
        return
    for install in source.installs:
        named = any(option.partition("=")[0] in _INDEXES for option in install.options)
        for row in () if named else install.wanted:
            if match := _LOCAL.search(row.text):
                yield error(line=row.line, package=row.text, local=match[1])
