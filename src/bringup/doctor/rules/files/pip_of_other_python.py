"""A cell calls a pip that may belong to another Python.

`{command}` runs the pip that the shell finds first, not the one of the notebook's kernel.

Finds: !pip in a cell.

Why: the package lands in another environment, and the import in the next cell fails.

Evidence: the file.

Fix: write `%pip install ...`: it uses the kernel's own Python.

False alarms: kernels that run in the very environment whose pip is first on PATH.

References: https://ipython.readthedocs.io/en/stable/interactive/magics.html#magic-pip what %pip
does

---

单元格调用的 pip 可能属于另一个 Python。

`{command}` 运行的是 shell 先找到的 pip，而非笔记本内核的 pip。

发现：单元格中的 !pip。

原因：软件包装到了另一个环境，下一个单元格的导入会失败。

修复：改写为 `%pip install ...`：它使用内核自己的 Python。

误报：内核所在环境的 pip 恰好位于 PATH 最前。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = (Kind.NOTEBOOK,)

_SHOWN_CHARS: Final = 60


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield such cells."""
    del case
    for command in source.commands:
        text = command.text.strip()
        if text.startswith(("!pip", "!pip3", "! pip")):
            yield warning(line=command.line, command=text[:_SHOWN_CHARS])
