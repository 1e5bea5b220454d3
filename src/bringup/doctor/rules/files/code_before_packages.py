"""The code is copied before the packages are installed.

Each change of the code makes the packages be installed anew: `COPY {copied}` stands before pip
install.

Finds: a Dockerfile that copies the whole folder before it installs packages.

Why: a layer is built again when anything it copies has changed, and all layers after it.

Evidence: the file.

Fix: copy the requirements alone, install, then copy the code: `COPY requirements.txt .`, `RUN
pip install -r requirements.txt`, `COPY . .`.

False alarms: packages that are installed from the copied code itself.

References: https://docs.docker.com/build/cache/optimize/#order-your-layers order of layers

---

代码在安装软件包之前被复制。

每次修改代码都会重新安装软件包：`COPY {copied}` 位于 pip install 之前。

发现：在安装软件包之前复制整个目录的 Dockerfile。

原因：层所复制的内容一旦变化就会重新构建，其后的所有层也一样。

修复：先只复制 requirements，安装，再复制代码：`COPY requirements.txt .`、`RUN pip install
-r requirements.txt`、`COPY . .`。

误报：从复制的代码本身安装的软件包。
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from bringup.doctor.case import Case
from bringup.doctor.files.source import Kind, Source
from bringup.doctor.rule import Found, warning

KINDS: Final = (Kind.DOCKERFILE,)

_WHOLE: Final = frozenset({".", "./", "*"})


def check(source: Source, case: Case) -> Iterator[Found]:
    """Yield a copy of everything that stands before an install of named packages."""
    del case
    later = [row.line for row in source.installs if row.files or row.wanted]
    for copy in source.copies:
        if copy.name in _WHOLE and any(line > copy.line for line in later):
            yield warning(line=copy.line, copied=copy.name)
            return
